"""Web pages of buyers and merchants: their deals, what they have to do, what happened."""

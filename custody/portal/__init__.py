"""Pages of clients: their deals, what is their turn, proofs, signatures, disputes."""

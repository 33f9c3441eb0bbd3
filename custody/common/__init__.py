"""Building blocks that know no domain word: errors, canonical bytes, money, states, clock, queue."""

"""Escrow deals: terms signed by the keys of the script, proofs of possession, payouts, disputes."""

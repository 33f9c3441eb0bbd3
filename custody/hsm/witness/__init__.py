"""The witness: signs what its own node says about the chain, with a key that officers pin (trust.md 8)."""

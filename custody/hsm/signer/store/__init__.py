"""The signer's store: one append-only chain of entries, and projections with unique constraints."""

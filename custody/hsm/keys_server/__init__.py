"""The keys process: wraps data keys of the vault under a token key that nobody else can use."""

"""Signing: requests and results for the web side, the isolated signer, the keys process, the token."""

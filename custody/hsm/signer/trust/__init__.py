"""The trust store: genesis and the trust documents accepted since, and what they mean at a moment."""

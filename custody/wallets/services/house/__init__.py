"""Wallets of the house: opened from activations, paid from by people and by mandates."""

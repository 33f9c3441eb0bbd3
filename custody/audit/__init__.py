"""Append-only, hash-linked record of everything that happened or was refused."""

"""Sanctions screening: lists, exact matching, hits decided under four eyes, and holds."""

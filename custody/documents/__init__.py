"""Encrypted, content-addressed files: contracts, evidence, reports."""

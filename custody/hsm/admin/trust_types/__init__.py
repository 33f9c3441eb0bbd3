"""Forms to draft trust documents with, one file per type."""

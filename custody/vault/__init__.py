"""Encryption of single fields: AES-256-GCM under per-subject data keys wrapped by the keys process."""

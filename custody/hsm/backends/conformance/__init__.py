"""The suite that every back-end passes before a key on it is activated, also a customer's own.

Plain functions: each takes the ``Subject`` and returns what it found, or raises ``Failed`` or
``NotOffered``. Signatures are judged by OpenSSL, which is not the library the signer verifies with.
"""

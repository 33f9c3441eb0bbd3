"""The signer: decides on its own facts, signs once, believes nothing it is told (trust.md).

It is a program of its own that shares code, not state, with the web side: own Celery application,
own store, own token. It may import the pure policy, statements, chain codecs and ``common``.
"""

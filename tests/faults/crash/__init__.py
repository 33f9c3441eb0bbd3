"""The crash matrix: a signer process dies by kill -9 at every moment of every kind of request.

Each cell has processes of its own: one that really dies, and a new one that goes on with the same
bytes on what the dead one left. ``python -m tests.faults.crash`` runs the matrix and writes the
report; a further kind of request is one line in ``subjects``, a further back-end one in ``backends``.
"""

"""The live world of a test worker: real processes, committed rows, its own database.

Tests that involve a worker, the signer or the node use ``live``; they make clients of their own
and never flush. Rollback tests keep their empty database beside it.
"""

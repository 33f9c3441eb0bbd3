"""Key back-ends: whatever holds signing keys, behind one small interface. See docs/key-backends.md."""

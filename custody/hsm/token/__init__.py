"""One logged-in PKCS#11 session per process; used by the signer and by the keys process, by nobody else."""

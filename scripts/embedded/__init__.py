"""Private services for demonstration and tests: PostgreSQL, Redis, tokens, a regtest node, our processes.

Everything lives below one state directory, listens on unix sockets or loopback only, runs
unprivileged (as several system users when started as root) and stops with its supervisor.
Production runs the same processes against existing servers by environment variables.
"""

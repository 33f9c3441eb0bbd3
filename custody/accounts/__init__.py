"""People, clients, memberships, roles, object rights, and the two factors of the log-in."""

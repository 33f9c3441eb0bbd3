"""One file per kind of request, one line each in the registry."""

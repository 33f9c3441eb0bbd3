"""Root of the REST API: addresses, tokens, the OpenAPI document. Packages bring their endpoints."""

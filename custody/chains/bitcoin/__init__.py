"""Bitcoin: networks, scripts, addresses, transactions and PSBTs as pure functions, and one RPC client."""

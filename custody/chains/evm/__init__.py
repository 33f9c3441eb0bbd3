"""EVM chains as pure functions: addresses, transactions, contract calls, Safe transactions, messages."""

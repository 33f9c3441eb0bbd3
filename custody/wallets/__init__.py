"""Client holdings and the one path of money: wallets, transfer intents, attempts, chain monitor."""

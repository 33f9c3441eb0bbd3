"""Who may move what: pure facts, rules and engine; and the stored decisions with their reasons."""

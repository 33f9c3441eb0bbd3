"""What every web surface shares: errors, refusals, pages of lists, logs, admin base."""

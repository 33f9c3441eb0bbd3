"""The demonstration: people who use the system from outside, over HTTP and with keys of their own."""

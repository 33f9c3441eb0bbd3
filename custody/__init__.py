"""Back-office for regulated crypto custody and escrow."""

__version__ = "0.1.0"

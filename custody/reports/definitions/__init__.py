"""One file, or folder, per report: what it collects. The catalogue registers them."""

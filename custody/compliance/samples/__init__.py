"""A synthetic list in the format of the real one: invented parties, for the demonstration and tests."""

from pathlib import Path

OFAC_SYNTHETIC = Path(__file__).parent / "ofac_synthetic.xml"

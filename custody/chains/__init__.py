"""What a chain is: pure codecs (decode, digests, addresses) apart from the clients of nodes."""

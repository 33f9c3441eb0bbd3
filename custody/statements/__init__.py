"""Pure documents of the product: strict decoding, canonical bytes, hashes, proofs."""

"""The web side of trust documents: drafted here, signed by people elsewhere, judged by the signer."""

"""The signer on a machine without network: a custodian stands for queue and mailbox."""

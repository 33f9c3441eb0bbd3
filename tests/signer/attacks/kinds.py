"""For every kind of request one attack of the tables that asks for it."""

BY_KIND = {
    "ADDRESS": "address: of a wallet nobody has",
    "BLOCK": "block: another one in the same round",
    "BTC_SPEND": "deal: a coin of the house",
    "CHECKPOINT": "rows: a second history of the record",
    "CMS_SEAL": "released by one",
    "CRITICAL": "action by one",
    "CSR": "name: of somebody else",
    "EVM_TX": "account: one wei more",
    "HEAD": "head: of another key",
    "KEY_DESTROY": "key: the end of one that is needed",
    "KEY_MAKE": "key: that nobody allowed",
    "KEY_PROOF": "proof: of another key",
    "SAFE_TX": "safe: one wei more",
    "TERMS": "rows: other terms for the same script",
    "TRUST": "trust: one officer alone",
}

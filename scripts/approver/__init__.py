"""The officer's console program: shows the bytes of a subject and signs what the officer says of it.

It runs on the officer's own machine and shares with the custodian nothing but the formats. What it
is given is untrusted; it believes the key in its own directory and what was pinned there.
"""

"""The program of a buyer or merchant: keeps the key, shows what it signs, refuses the rest.

It stands for a party's own wallet and shares with the custodian nothing but the formats. It
believes only bytes it decoded itself and what its owner wrote down at the beginning.
"""

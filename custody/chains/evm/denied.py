"""Calls that hand rights over an asset to somebody else, as data: nobody signs them by accident.

They pay nothing when they are mined and everything later, so no amount limit sees them. Found by
selector, whatever the contract calls itself; a mandate may allow one by name. See trust.md 9.
"""

from custody.chains.evm.abi import SELECTOR_SIZE, selector_of

ALLOWANCE = "call_allowance"
PERMIT = "call_permit"
DELEGATES = "call_delegates"
UPGRADE = "call_upgrade"

# The Permit2 contract stands at one address on all chains; every method of it moves by allowance.
PERMIT2 = "0x000000000022d473030f116ddee9f6b43ac78ba3"

METHODS = {
    # ERC-20 and its older and later forms
    "approve(address,uint256)": ALLOWANCE,
    "increaseAllowance(address,uint256)": ALLOWANCE,
    "increaseApproval(address,uint256)": ALLOWANCE,
    "approveAndCall(address,uint256)": ALLOWANCE,
    "approveAndCall(address,uint256,bytes)": ALLOWANCE,
    # ERC-721 and ERC-1155, ERC-777
    "setApprovalForAll(address,bool)": ALLOWANCE,
    "authorizeOperator(address)": ALLOWANCE,
    # EIP-2612, the form of DAI, ERC-4494 and the form with one signature string
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)": PERMIT,
    "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)": PERMIT,
    "permit(address,address,uint256,uint256,bytes)": PERMIT,
    "permit(address,uint256,uint256,bytes)": PERMIT,
    # Permit2
    "approve(address,address,uint160,uint48)": PERMIT,
    "permit(address,((address,uint160,uint48,uint48),address,uint256),bytes)": PERMIT,
    "permit(address,((address,uint160,uint48,uint48)[],address,uint256),bytes)": PERMIT,
    "permitTransferFrom(((address,uint256),uint256,uint256),(address,uint256),address,bytes)": PERMIT,
    "permitTransferFrom(((address,uint256)[],uint256,uint256),(address,uint256)[],address,bytes)": PERMIT,
    # Foreign code run in the account's own name, or many calls hidden in one
    "multiSend(bytes)": DELEGATES,
    "multicall(bytes[])": DELEGATES,
    "multicall(uint256,bytes[])": DELEGATES,
    "execTransactionFromModule(address,uint256,bytes,uint8)": DELEGATES,
    "execTransactionFromModuleReturnData(address,uint256,bytes,uint8)": DELEGATES,
    "enableModule(address)": DELEGATES,
    "setGuard(address)": DELEGATES,
    "setModuleGuard(address)": DELEGATES,
    "setFallbackHandler(address)": DELEGATES,
    "simulateAndRevert(address,bytes)": DELEGATES,
    # Another implementation behind the same address (ERC-1967 proxies, their admins, ERC-2535, Safe)
    "upgradeTo(address)": UPGRADE,
    "upgradeToAndCall(address,bytes)": UPGRADE,
    "upgrade(address,address)": UPGRADE,
    "upgradeAndCall(address,address,bytes)": UPGRADE,
    "changeAdmin(address)": UPGRADE,
    "changeProxyAdmin(address,address)": UPGRADE,
    "changeMasterCopy(address)": UPGRADE,
    "diamondCut((address,uint8,bytes4[])[],address,bytes)": UPGRADE,
}
_BY_SELECTOR = {selector_of(method): code for method, code in METHODS.items()}


def denied(*, to: str, data: bytes) -> str | None:
    """Return the code with which a call is refused unless a mandate names it, else None."""
    if to == PERMIT2:
        return PERMIT
    return _BY_SELECTOR.get(data[:SELECTOR_SIZE])

"""Stream ``deny``: addresses no key pays, whatever the policy allows."""

from dataclasses import dataclass

from custody.statements.chains import check_address
from custody.statements.fields import Address, Chain, SetOf
from custody.statements.form import Form


@dataclass(frozen=True, kw_only=True)
class DeniedAddresses(Form):
    """Body of DENY_ADD and DENY_REMOVE: addresses of one chain."""

    chain: Chain
    addresses: SetOf[Address]

    def __post_init__(self) -> None:
        for index, address in enumerate(self.addresses):
            check_address(address, chain=self.chain, field=f"/addresses/{index}")

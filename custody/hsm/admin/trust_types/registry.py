"""All types that are drafted on pages: adding one is a file and a line."""

from custody.hsm.admin.trust_types.abi import ABI
from custody.hsm.admin.trust_types.address import ADDRESS
from custody.hsm.admin.trust_types.address_remove import ADDRESS_REMOVE
from custody.hsm.admin.trust_types.asset import ASSET
from custody.hsm.admin.trust_types.deny_add import DENY_ADD
from custody.hsm.admin.trust_types.deny_remove import DENY_REMOVE
from custody.hsm.admin.trust_types.hold import HOLD
from custody.hsm.admin.trust_types.hold_end import HOLD_END
from custody.hsm.admin.trust_types.key_activate import KEY_ACTIVATE
from custody.hsm.admin.trust_types.key_state import KEY_STATE
from custody.hsm.admin.trust_types.key_template import KEY_TEMPLATE
from custody.hsm.admin.trust_types.kill import KILL
from custody.hsm.admin.trust_types.kind import DraftKind
from custody.hsm.admin.trust_types.lease import LEASE
from custody.hsm.admin.trust_types.mandate import MANDATE
from custody.hsm.admin.trust_types.mandate_end import MANDATE_END
from custody.hsm.admin.trust_types.person_credential import PERSON_CREDENTIAL
from custody.hsm.admin.trust_types.person_revoke import PERSON_REVOKE
from custody.hsm.admin.trust_types.policy import POLICY
from custody.hsm.admin.trust_types.restart import RESTART
from custody.hsm.admin.trust_types.station import STATION
from custody.hsm.admin.trust_types.veto import VETO

# In the order of the page: what stops first, then what goes on, keys, people, rules, addresses, assets.
KINDS: dict[str, DraftKind] = {
    kind.name: kind
    for kind in (
        KILL, RESTART, HOLD, HOLD_END, VETO, LEASE, KEY_ACTIVATE, KEY_STATE, KEY_TEMPLATE, MANDATE,
        MANDATE_END, PERSON_CREDENTIAL, PERSON_REVOKE, POLICY, STATION, DENY_ADD, DENY_REMOVE, ADDRESS,
        ADDRESS_REMOVE, ASSET, ABI,
    )
}  # fmt: skip

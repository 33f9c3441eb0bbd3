"""Is the module that a key is taken into use on still the one that passed the probe?

The rule of trust documents asks the store; here the back-end itself is asked, once more, before the
acceptance is journalled. A cold one stays closed: what it said when it was open last is in the store.
"""

from collections.abc import Sequence

from custody.common.errors import CustodyError, InvalidInputError
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.modules import module_of
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors, tokens
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.trust.fitting import BODY
from custody.hsm.token.errors import TokenUnavailableError

NOT_PROBED = "backend_not_probed"


def check_modules(drafts: Sequence[Draft], token: SigningToken) -> None:
    """Look at the back-ends of the keys that ``drafts`` take into use.

    Raises Refusal for another module than the probed one, TokenUnavailableError when it does not answer.
    """
    if any(draft.body.get("type") == "KEY_ACTIVATE" for draft in drafts if draft.kind == "TRUST"):
        for draft in drafts:
            if draft.kind == "KEY":
                _check(draft.body["key"], token)


def _check(key_id: str, token: SigningToken) -> None:
    key = selectors.key(key_id)
    if key is None or key.backend in token.cold:
        return
    known = tokens.known_backends().get(key.backend)
    try:
        now = module_of(token.backend(key.backend))
    except InvalidInputError:
        raise Refusal(NOT_PROBED, f"{BODY}/key") from None
    except CustodyError as error:
        raise TokenUnavailableError(f"{key.backend} does not describe itself ({error.code})") from None
    if known is None or known.probe is None or known.probe.module != now:
        raise Refusal(NOT_PROBED, f"{BODY}/key")

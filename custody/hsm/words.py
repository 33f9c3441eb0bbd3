"""Purposes, states and outcomes of keys and requests in words, with the tone pages show them in."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.models import Outcome
from custody.hsm.trust_states import State
from custody.hsm.validity import Code, Finding, Step

PURPOSES: dict[str, Promise] = {
    "mediator": _("mediator's signature in escrow"),
    "seal": _("seal of reports"),
    "checkpoint": _("checkpoints of the audit record"),
    "attest": _("attestations of addresses"),
    "block": _("headers of blocks"),
    "critical": _("critical actions of another system"),
    "demo_ca": _("certificate authority of the demonstration"),
    "spend": _("payments of a wallet"),
    "witness": _("facts of the witness"),
}
# Word, and tone of custody.web.show.
DOCUMENT_TYPES: dict[str, Promise] = {
    "ABI": _("Methods of a contract"),
    "ADDRESS": _("Address book entry"),
    "ADDRESS_REMOVE": _("Removal from an address book"),
    "ASSET": _("Asset"),
    "DENY_ADD": _("Deny addresses"),
    "DENY_REMOVE": _("Allow denied addresses"),
    "HOLD": _("Hold"),
    "HOLD_END": _("End of a hold"),
    "KEY_ACTIVATE": _("Activate a key for a wallet of the house"),
    "KEY_STATE": _("State of a key"),
    "KEY_TEMPLATE": _("Allow one-time keys for a wallet"),
    "KILL": _("Kill: stop payments"),
    "LEASE": _("Go on duty"),
    "MANDATE": _("Mandate"),
    "MANDATE_END": _("End of a mandate"),
    "PERSON_CREDENTIAL": _("Pin a person"),
    "PERSON_REVOKE": _("Revoke a person"),
    "POLICY": _("Policy"),
    "RESTART": _("Restart after a kill"),
    "STATION": _("Approval station"),
    "VETO": _("Veto"),
}
DRAFT_STATES: dict[str, tuple[Promise, str]] = {
    State.DRAFT: (_("being signed"), "waiting"),
    State.SUBMITTED: (_("with the signer"), "waiting"),
    State.WAITING: (_("accepted, takes effect later"), "warning"),
    State.ACCEPTED: (_("in effect"), "good"),
    State.REFUSED: (_("refused by the signer"), "bad"),
    State.VETOED: (_("vetoed"), "bad"),
    State.EXPIRED: (_("expired"), "neutral"),
}
KEY_CLASSES: dict[str, Promise] = {
    "NEVER_LEAVES": _("made on the token, never leaves it"),
    "WRAPPED": _("leaves the token only wrapped, as its backup"),
    "DERIVED_IN_RAM": _("software-derived: computed in memory of the signer"),
    "OUTSIDE": _("of another process: verified here, never used"),
}
JOURNAL_KINDS: dict[str, Promise] = {
    "GENESIS": _("beginning"),
    "KEY": _("key of the catalogue"),
    "TERMS": _("terms registered"),
    "TRUST": _("trust document or order"),
    "SEEN": _("request seen"),
    "SIGN": _("signature promised"),
    "SIGNED": _("signed"),
    "REFUSED": _("refused"),
    "HEAD": _("state of the signer"),
}
TIERS: dict[str, Promise] = {"HOT": _("hot"), "WARM": _("warm"), "COLD": _("cold")}
EVIDENCE: dict[str, Promise] = {
    "local": _("made on the token itself"),
    "sensitive": _("its value cannot be read"),
    "always_sensitive": _("its value could never be read"),
    "never_extractable": _("could never be taken off the token"),
    "extractable": _("may be taken off the token"),
}
KEY_STATES: dict[str, tuple[Promise, str]] = {
    "ACTIVE": (_("active"), "good"),
    "PRE_ACTIVE": (_("not in use yet"), "waiting"),
    "SUSPENDED": (_("suspended"), "bad"),
    "DEACTIVATED": (_("deactivated: signs nothing new"), "neutral"),
    "COMPROMISED": (_("compromised"), "bad"),
    "DESTROYED": (_("destroyed"), "neutral"),
}
OUTCOME_TONES: dict[str, str] = {
    Outcome.SIGNED: "good",
    Outcome.RECORDED: "good",
    Outcome.REFUSED: "bad",
    Outcome.FAILED: "warning",
}

SESSION_ENDINGS: dict[str, Promise] = {
    "command": _("by command at the console"),
    "done": _("all of its requests were decided"),
    "restart": _("the signer was restarted"),
    "time_out": _("its time was over"),
    "unusable": _("the token could not be opened"),
}
FINDINGS: dict[str, tuple[Promise, Promise]] = {
    Code.CRYPTOPERIOD: (_("cryptoperiod ends"), _("cryptoperiod is over")),
    Code.CERTIFICATE: (_("certificate of the key ends"), _("certificate of the key has expired")),
    Code.SUNSET: (_("certificate of the module ends"), _("certificate of the module is over")),
}
STATES_FOUND: dict[str, Promise] = {
    Code.HISTORICAL: _("certificate of the module is historical"),
    Code.REVOKED: _("certificate of the module is revoked"),
    Code.NOT_VALIDATED: _("module is not validated"),
    Code.NOT_REGISTERED: _("module is not in the HSM register"),
    Code.DIFFERS: _("device says something else than the register"),
    Code.NOT_PROBED: _("module has not passed the probe as it is now"),
    Code.COLD_KEY_OPEN: _("key of tier COLD on a token that is always open"),
}


def finding_word(finding: Finding) -> str:
    """What rule V9 has found."""
    if finding.code in FINDINGS:
        return str(FINDINGS[finding.code][finding.step is Step.OVER])
    return str(STATES_FOUND[finding.code])


def follows_word(finding: Finding) -> str:
    """What follows from it by itself."""
    if finding.stops_signatures:
        return _t("the signer refuses; a successor has to be taken into use")
    if finding.code is Code.NOT_PROBED:
        return _t("no key on it is taken into use")
    if finding.code in {Code.CRYPTOPERIOD, Code.CERTIFICATE}:
        return _t("signatures are refused from then on")
    return _t("nothing is blocked, it is printed in the report")


def purpose_word(purpose: str) -> str:
    """What a key is for; the catalogue's own word when there is no other."""
    return str(PURPOSES.get(purpose, purpose))


def type_word(name: str) -> str:
    """What a type of trust document is called."""
    return str(DOCUMENT_TYPES[name])


def draft_state(state: str) -> tuple[str, str]:
    """Word and tone of a trust document's state."""
    word, tone = DRAFT_STATES[state]
    return str(word), tone


def class_word(key_class: str) -> str:
    """How a key is kept."""
    return str(KEY_CLASSES.get(key_class, key_class))


def key_state(state: str) -> tuple[str, str]:
    """Word and tone of a key's state."""
    word, tone = KEY_STATES.get(state, (state, "neutral"))
    return str(word), tone

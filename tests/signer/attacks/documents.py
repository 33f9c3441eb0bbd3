"""Trust documents that are forged, replayed, rolled back; and rows that are not what they say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from custody.statements.mandate import MandateFee
from custody.statements.parts import Window
from custody.statements.policy import EscrowTermsRule, Policy
from custody.statements.request import Request
from custody.statements.terms import SignedTerms
from custody.statements.trust.holds import Hold, HoldEnd, Kill, Lease, Restart
from custody.statements.trust.keys import KeyStateChange
from custody.statements.trust.people import PersonRevoke
from custody.statements.trust.policies import PolicyBody
from tests.harness.bitcoin import BUYER_ADDRESS
from tests.signer.attacks import Attack, Ground
from tests.signer.bench import signed
from tests.signer.genesis import FIRST, MACHINE, MAKER, SECOND, credential
from tests.signer.house import wallet_id
from tests.signer.officers import QUORUM

Make = Callable[[Ground], Request]
DOCUMENT, APPROVALS = "/documents/0/document", "/documents/0/approvals"
BODY = f"{DOCUMENT}/body"
HELD = Hold(scope="WALLET", ref=wallet_id(9))
FRIEND = "per_01KAJ8Q0000000000000000077"
SOFT = Policy(rules=(EscrowTermsRule(),))


def _policy(*people: str, key_of: str | None = None, **changes: Any) -> Make:
    """A softer policy with the words of ``people``; ``key_of`` signs for all of them."""

    def make(ground: Ground) -> Request:
        officers = ground.house.officers
        document = officers.document("POLICY", PolicyBody(hash=SOFT.hash, policy=SOFT), **changes)
        words = [officers.approval(document, who, key_of=key_of) for who in people]
        return officers.request(document, *words)

    return make


def _friend(*people: str) -> Make:
    def make(ground: Ground) -> Request:
        officers = ground.house.officers
        document = officers.document("PERSON_CREDENTIAL", credential(FRIEND, ("OFFICER",)))
        return officers.request(document, *officers.approvals(document, people))

    return make


def _words_about_a_hold(ground: Ground) -> Request:
    officers = ground.house.officers
    words = officers.approvals(officers.document("HOLD", HELD), QUORUM)
    document = officers.document("PERSON_CREDENTIAL", credential(FRIEND, ("OFFICER",)))
    return officers.request(document, *words)


def _replayed(ground: Ground) -> Request:
    """The same signed hold again, after it was ended."""
    officers = ground.house.officers
    hold = officers.document("HOLD", HELD, maker=FIRST)
    words = officers.approvals(hold, (FIRST,))
    assert ground.house.bench.handle(officers.request(hold, *words)).outcome == "RECORDED"
    officers.accept("HOLD_END", HoldEnd(hold=hold.hash))
    return officers.request(hold, *words)


def _rolled_back(ground: Ground) -> Request:
    """The policy of genesis, signed by the quorum before the present one and never brought."""
    officers = ground.house.officers
    old = officers.document("POLICY", PolicyBody(hash=SOFT.hash, policy=SOFT), epoch=1, previous="00" * 32)
    return officers.request(old, *officers.approvals(old, QUORUM))


def _left_out(ground: Ground) -> Request:
    """The one after the next: what lies between was withheld."""
    officers = ground.house.officers
    first = officers.document("HOLD", HELD, maker=FIRST)
    second = replace(first, epoch=first.epoch + 1, previous=first.hash)
    return officers.request(second, *officers.approvals(second, (FIRST,)))


def _other_history(ground: Ground) -> Request:
    officers = ground.house.officers
    document = officers.document("HOLD", HELD, maker=FIRST, previous="ab" * 32)
    return officers.request(document, *officers.approvals(document, (FIRST,)))


def _late(ground: Ground) -> Request:
    officers = ground.house.officers
    document = officers.document("HOLD", HELD, maker=FIRST, expires_at=ground.house.bench.hands.now)
    return officers.request(document, *officers.approvals(document, (FIRST,)))


def _by_a_revoked_officer(ground: Ground) -> Request:
    """One word alone, so that its place is known."""
    officers = ground.house.officers
    document = officers.document("HOLD", HELD)
    word = officers.approval(document, SECOND)
    officers.accept("PERSON_REVOKE", PersonRevoke(person=SECOND), FIRST, maker=FIRST)
    return officers.request(document, word)


def _wider_mandate(ground: Ground) -> Request:
    """A mandate is there; the cap of the next one is higher, and one person signs it."""
    house = ground.house
    house.officers.enact("MANDATE", house.mandate(1))
    wider = house.mandate(1, cap_per_transaction=10_000_000)
    document = house.officers.document("MANDATE", wider, maker=FIRST)
    return house.officers.request(document, *house.officers.approvals(document, (FIRST,)))


def _long_mandate(ground: Ground) -> Request:
    house = ground.house
    until = house.bench.hands.now + timedelta(days=191)
    body = house.mandate(1, valid_until=until, fee=MandateFee(max=1, window=Window(amount=1, seconds=86_400)))
    document = house.officers.document("MANDATE", body)
    return house.officers.request(document, *house.officers.approvals(document, QUORUM))


def _alone(kind: Any, body: Callable[[Ground], Any]) -> Make:
    """Something that needs the quorum, with the word of one officer."""

    def make(ground: Ground) -> Request:
        officers = ground.house.officers
        document = officers.document(kind, body(ground), maker=FIRST)
        return officers.request(document, *officers.approvals(document, (FIRST,)))

    return make


def _restart(ground: Ground) -> Restart:
    return Restart(kill=ground.house.officers.accept("KILL", Kill(), FIRST, maker=FIRST).hash)


def _hold_end(ground: Ground) -> HoldEnd:
    return HoldEnd(hold=ground.house.officers.accept("HOLD", HELD, FIRST, maker=FIRST).hash)


def _lease(ground: Ground) -> Lease:
    return Lease(person=SECOND, until=ground.house.bench.hands.now + timedelta(hours=24))


def _key_back(ground: Ground) -> KeyStateChange:
    """A suspended key is put into use again by one person."""
    body = KeyStateChange(key=ground.house.key, state="SUSPENDED")
    ground.house.officers.accept("KEY_STATE", body, FIRST, maker=FIRST)
    return KeyStateChange(key=ground.house.key, state="ACTIVE")


# --- rows that are not what they say ----------------------------------------------------------


def _changed_row(ground: Ground) -> Request:
    """Other bytes under the id of a request that was signed."""
    house = ground.house
    first = house.transfer()
    assert house.bench.handle(first).outcome == "SIGNED"
    other = house.transfer(psbt=house.psbt(house.intent().payees, coins=house.coins(1_000_000, salt=0x55)))
    return replace(other, id=first.id)


def _other_terms(ground: Ground) -> Request:
    """The row of the deal says that the buyer's payout is the merchant's."""
    payouts = replace(ground.terms.payouts, merchant=BUYER_ADDRESS)
    document = signed(replace(ground.terms, payouts=payouts))
    return ground.house.bench.request("TERMS", "mediator", documents=(document,))


def _unsigned_terms(ground: Ground) -> Request:
    terms = replace(ground.terms, id="deal_01KAJ8P0000000000000000009")
    document = SignedTerms(document=terms, signatures=signed(ground.terms).signatures)
    return ground.house.bench.request("TERMS", "mediator", documents=(document,))


def _second_history(ground: Ground) -> Request:
    """A checkpoint that does not begin where the last one ended."""
    bench = ground.house.bench
    assert bench.handle(bench.checkpoint(["11" * 32, "22" * 32])).outcome == "SIGNED"
    return bench.checkpoint(["33" * 32], first=2)


def _wrong_key(ground: Ground) -> Request:
    """The row names another key than the kind has."""
    bench = ground.house.bench
    return replace(bench.checkpoint(["11" * 32]), key=bench.key("seal").id)


def _foreign_journal(ground: Ground) -> Request:
    return ground.house.bench.checkpoint(["33" * 32], stream="signer")


ATTACKS: tuple[Attack[Ground], ...] = (
    Attack("trust: signed by one key for three", "bad_proof", f"{APPROVALS}/0/proof/credential",
           _policy(*QUORUM, key_of="thief")),
    Attack("trust: one officer alone", "approvals_missing", APPROVALS, _policy(MAKER)),
    Attack("trust: the maker and one officer", "approvals_missing", APPROVALS, _policy(MAKER, FIRST)),
    Attack("trust: the maker did not sign", "maker_has_not_signed", APPROVALS, _policy(FIRST, SECOND)),
    Attack("trust: a machine as officer", "approvals_missing", APPROVALS, _policy(MAKER, FIRST, MACHINE)),
    Attack("trust: a maker nobody knows", "unknown_maker", f"{DOCUMENT}/maker",
           _policy(MAKER, FIRST, SECOND, maker=FRIEND)),
    Attack("trust: a document of another installation", "wrong_instance", f"{DOCUMENT}/instance",
           _policy(*QUORUM, instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4")),
    Attack("trust: a friend as officer", "approvals_missing", APPROVALS, _friend(MAKER)),
    Attack("trust: words about something harmless", "approval_of_another_subject",
           f"{APPROVALS}/0/statement/subject", _words_about_a_hold),
    Attack("trust: a document again", "not_the_next_epoch", f"{DOCUMENT}/epoch", _replayed),
    Attack("trust: the policy of before", "not_the_next_epoch", f"{DOCUMENT}/epoch", _rolled_back),
    Attack("trust: one that was left out", "not_the_next_epoch", f"{DOCUMENT}/epoch", _left_out),
    Attack("trust: another history", "not_the_last_document", f"{DOCUMENT}/previous", _other_history),
    Attack("trust: too late", "expired", f"{DOCUMENT}/expires_at", _late),
    Attack("trust: the word of a revoked officer", "bad_proof", f"{APPROVALS}/0/proof/credential",
           _by_a_revoked_officer),
    Attack("trust: a wider mandate by one", "approvals_missing", APPROVALS, _wider_mandate),
    Attack("trust: a mandate for too long", "validity_too_long", f"{BODY}/valid_until", _long_mandate),
    Attack("trust: a restart by one", "approvals_missing", APPROVALS, _alone("RESTART", _restart)),
    Attack("trust: the end of a hold by one", "approvals_missing", APPROVALS, _alone("HOLD_END", _hold_end)),
    Attack("trust: duty for somebody else", "lease_of_another", f"{BODY}/person", _alone("LEASE", _lease)),
    Attack("trust: a suspended key again by one", "approvals_missing", APPROVALS,
           _alone("KEY_STATE", _key_back)),
    Attack("rows: other bytes under a known id", "request_changed", "/id", _changed_row),
    Attack("rows: other terms for the same script", "script_already_registered",
           "/documents/0/document/script", _other_terms),
    Attack("rows: signatures of other terms", "bad_proof", "/documents/0/signatures/0/proof/signature",
           _unsigned_terms),
    Attack("rows: a second history of the record", "not_the_next_position", "/payload/from", _second_history),
    Attack("rows: the key of seals for a checkpoint", "wrong_key_purpose", "/key", _wrong_key),
    Attack("rows: a journal that is not ours", "not_our_entries", "/payload/entries", _foreign_journal),
)  # fmt: skip

"""One function per command: reads files, checks, asks, signs, and returns what to print."""

from argparse import Namespace

from custody.chains.bitcoin.psbt import DecodedSpend, add_signatures, decode
from custody.common import canonical, clock
from custody.common.errors import RefusedError
from custody.statements.key_proof import KeyProof, ProvenKey
from custody.statements.terms import PartySignature, Terms
from scripts.party import asking, challenge, spend
from scripts.party.amounts import in_coins
from scripts.party.chains import chain_of
from scripts.party.home import Home
from scripts.party.review import Review, check_contract, review
from scripts.party.signing import prove, sign_inputs

Lines = dict[str, str]


def init(arguments: Namespace) -> Lines:
    """Make the key; the public key goes into the terms."""
    chain = chain_of(arguments.chain)
    home = Home.create(arguments.dir, name=arguments.name, chain=chain, payout=arguments.payout)
    return {"name": home.identity.name, "public key": home.identity.public_key}


def review_terms(arguments: Namespace) -> Lines:
    """Show who gets what; refuse terms that are not this party's."""
    return _reviewed(arguments, Home.find(arguments.dir)).lines()


def sign_terms(arguments: Namespace) -> Lines:
    """Sign the terms hash after the same review; once per script."""
    home = Home.find(arguments.dir)
    found = _reviewed(arguments, home)
    asking.confirm(found.lines(), arguments)
    home.remember_terms(found.terms)
    signature = PartySignature(role=found.role, proof=prove(home.key(), found.terms.hash))
    arguments.out.write_bytes(canonical.encode(signature.to_json()))
    return found.lines() | {"written": str(arguments.out)}


def make_nonce(arguments: Namespace) -> Lines:
    """Make the random bytes this party puts into the challenges of all."""
    return {"nonce": Home.find(arguments.dir).make_nonce()}


def prove_key(arguments: Namespace) -> Lines:
    """Answer a challenge of signed terms that carries this party's own nonce."""
    home = Home.find(arguments.dir)
    document = KeyProof.from_bytes(arguments.file.read_bytes())
    role = challenge.check_own(document, home=home, at=clock.now())
    home.bind_nonce(document.nonces.of(role), challenge=document.hash)
    proven = ProvenKey(document=document, proof=prove(home.key(), document.hash))
    arguments.out.write_bytes(canonical.encode(proven.to_json()))
    return {"deal": document.deal, "your role": role, "written": str(arguments.out)}


def verify_key_proof(arguments: Namespace) -> Lines:
    """Check another party's proof against the signed terms and the own nonce."""
    home = Home.find(arguments.dir)
    proven = ProvenKey.read(canonical.decode(arguments.file.read_bytes()))
    challenge.check(proven.document, home=home, at=clock.now())
    proven.verify()
    return {"deal": proven.document.deal, "role": proven.document.role, "proved": proven.document.public_key}


def sign_psbt(arguments: Namespace) -> Lines:
    """Sign every input of a payout that the signed terms allow."""
    home = Home.find(arguments.dir)
    terms = Terms.from_bytes(arguments.terms.read_bytes())
    if not home.has_signed(terms):
        raise RefusedError("these terms were not signed here", code="terms_not_signed", field="/terms")
    text = arguments.file.read_text(encoding="ascii", errors="replace").strip()
    decoded = decode(text, chain=terms.chain, field="/psbt")
    lines = _payment_lines(spend.payments(decoded, terms), decoded=decoded, asset=terms.asset)
    asking.confirm(lines, arguments)
    signed = add_signatures(text, chain=terms.chain, signatures=sign_inputs(home.key(), decoded))
    arguments.out.write_text(signed, encoding="ascii")
    return lines | {"written": str(arguments.out)}


def _reviewed(arguments: Namespace, home: Home) -> Review:
    """The terms that passed, and with ``--contract`` the contract that they name."""
    terms = Terms.from_bytes(arguments.file.read_bytes())
    found = review(terms, identity=home.identity, payout=arguments.payout)
    if arguments.contract is not None:
        check_contract(terms, arguments.contract.read_bytes())
    return found


def _payment_lines(found: tuple[spend.Payment, ...], *, decoded: DecodedSpend, asset: str) -> Lines:
    paid = {
        f"output {index}": f"{in_coins(item.amount, asset)} to {item.to} ({item.who})"
        for index, item in enumerate(found)
    }
    return {"transaction": decoded.txid, **paid, "fee": in_coins(decoded.fee, asset)}

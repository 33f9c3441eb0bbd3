"""Tables of the store. ``Entry`` is the truth; every other table is computed from entries.

All tables are insert-only (triggers refuse UPDATE and DELETE), with two exceptions: the blob of a
destroyed key may be taken out, once, and so may the rows of a promise that lapsed (``Lapse``). The
projections exist for their unique constraints, which hold the sign-once promises even if a rule above
them were wrong: (key, slot), intent, terms to anchor, script to terms, checkpoint position, height of
blocks, number of a one-time key. Times are texts in the form of all documents, which sorts as time does.
"""

from django.db import models


class Entry(models.Model):
    """One link of the chain; ``body`` holds the canonical bytes of the whole store entry.

    One entry per ``seq``: the chain cannot fork. That hashes fit is verified when the store opens.
    ``request_hash`` repeats, for look-ups, which request caused it; empty for console and clock.
    """

    seq = models.PositiveBigIntegerField(primary_key=True)
    kind = models.CharField(max_length=8)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    request_hash = models.CharField(max_length=64, blank=True, db_index=True)
    body = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class Projection(models.Model):
    """Base of the computed tables: names the entry a row was computed from.

    Only checkpoints are looked up by it; an index is one more page to sync before the token may sign.
    """

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Genesis(Projection):
    """The accepted genesis file, once; ``policy`` is its policy in canonical bytes."""

    only = models.BooleanField(primary_key=True, default=True)
    instance = models.CharField(max_length=40)
    hash = models.CharField(max_length=64)
    demo = models.BooleanField()
    policy = models.BinaryField()

    class Meta:
        constraints = [models.CheckConstraint(name="genesis_once", condition=models.Q(only=True))]


class TrustDocument(Projection):
    """An accepted trust document in canonical bytes; one per epoch of a stream.

    The chain of entries holds its hash only, because the chain is mirrored and names are personal data.
    """

    hash = models.CharField(max_length=64, primary_key=True)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+")
    stream = models.CharField(max_length=40)
    epoch = models.PositiveBigIntegerField()
    activates_at = models.CharField(max_length=20)
    document = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "epoch"], name="trust_epoch_once")]


class ConsoleOrder(Projection):
    """An order given at the console: counts from its entry on, whose hash is its name."""

    nonce = models.CharField(max_length=32, primary_key=True)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+")


class SeenStatement(Projection):
    """A proved statement by its nonce: another statement with the same nonce is refused.

    ``counter`` is that of the authenticator that made it; null for a console key.
    """

    nonce = models.CharField(max_length=32, primary_key=True)
    statement = models.CharField(max_length=64)
    credential = models.CharField(max_length=1400)
    counter = models.PositiveBigIntegerField(null=True)


class RejectedSubject(Projection):
    """A subject that somebody rejected: no approval helps it any more."""

    subject = models.CharField(max_length=64, primary_key=True)


class Key(Projection):
    """A key of the catalogue; ``public_key`` is the compressed point (hex).

    ``token_id`` is its handle on the key back-end ``backend``, null for the signer's own token. A key that
    no token keeps has its wrapped form in ``blob`` until it is destroyed. ``account``: of a derived key;
    ``binding``: of a one-time key, what it is for; both in canonical bytes.
    """

    id = models.CharField(max_length=40, primary_key=True)
    purpose = models.CharField(max_length=16)
    curve = models.CharField(max_length=16)
    public_key = models.CharField(max_length=66, unique=True)
    token_id = models.CharField(max_length=64, unique=True)
    backend = models.CharField(max_length=32, null=True)
    certificate = models.BinaryField(null=True)
    key_class = models.CharField(max_length=16, default="NEVER_LEAVES")
    blob = models.BinaryField(null=True)
    account = models.BinaryField(null=True)
    binding = models.BinaryField(null=True)


class KeyBackup(Projection):
    """The second place of a blob is durable; before, its key is of no use."""

    key = models.OneToOneField(Key, models.PROTECT, primary_key=True, related_name="+")


class OneTimeKey(Projection):
    """Which key serves as which number of a wallet; promised before the key is made."""

    pk = models.CompositePrimaryKey("wallet", "number")
    wallet = models.CharField(max_length=40)
    number = models.PositiveBigIntegerField()
    key = models.CharField(max_length=40, unique=True)


class IssuedAddress(Projection):
    """An address the signer has attested for a wallet, and the number it has there."""

    address = models.CharField(max_length=128, primary_key=True)
    key = models.ForeignKey(Key, models.PROTECT, related_name="+")
    number = models.PositiveBigIntegerField()


class KeyCertificate(Projection):
    """A certificate of a key for one use, DRAFT or RELEASED; the last row of a use counts.

    ``chain``: those above it in hex, comma between; ``fingerprint``: SHA-256 of the certificate, which
    serves one use for ever.
    """

    key = models.ForeignKey(Key, models.PROTECT, related_name="+")
    use = models.CharField(max_length=8)
    certificate = models.BinaryField()
    chain = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64, unique=True)


class KeyState(Projection):
    """A state a key was put into; the last row counts."""

    key = models.ForeignKey(Key, models.PROTECT, related_name="states")
    state = models.CharField(max_length=16)


class SeenRequest(Projection):
    """First bytes seen under a request id: the same id with other bytes is refused."""

    id = models.CharField(max_length=40, primary_key=True)
    request_hash = models.CharField(max_length=64)


class SeenIntent(Projection):
    """When an intent was first seen, whatever came of it: validity counts from here."""

    intent = models.CharField(max_length=64, primary_key=True)
    at = models.CharField(max_length=20)


class Terms(Projection):
    """Registered terms: one script, one terms hash, for ever."""

    hash = models.CharField(max_length=64, primary_key=True)
    script = models.CharField(max_length=512, unique=True)
    document = models.BinaryField()


class Slot(Projection):
    """What a key has signed once."""

    pk = models.CompositePrimaryKey("key_id", "slot")
    key = models.ForeignKey(Key, models.PROTECT, related_name="+", db_index=False)
    slot = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)


class IntentAnchor(Projection):
    """The anchor of a signed intent, and what it took from its wallet; velocity counts these.

    A second signing of the intent is impossible. Amounts are base units as texts: SQLite's numbers end
    at 63 bits. What an intent took is unknown for those of the first release; they were escrows.
    """

    intent = models.CharField(max_length=64, primary_key=True)
    anchor = models.CharField(max_length=200)
    wallet = models.CharField(max_length=40, null=True, db_index=True)
    asset = models.CharField(max_length=200, null=True)
    amount = models.CharField(max_length=78, null=True)
    fee = models.CharField(max_length=78, null=True)
    mandate = models.CharField(max_length=40, null=True)
    at = models.CharField(max_length=20, null=True)


class SignedNonce(Projection):
    """A nonce that an account or a Safe has used; each once, whatever key signs for it."""

    pk = models.CompositePrimaryKey("chain", "account", "nonce")
    chain = models.CharField(max_length=41)
    account = models.CharField(max_length=42)
    nonce = models.PositiveBigIntegerField()


class Lapse(Projection):
    """A promise that was refused behind its SIGN entry, ``promise``, and is never kept any more.

    What it alone had taken is free again: triggers let its rows go. A nonce of an account that it had
    taken is named here, because it comes before all higher ones.
    """

    promise = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="+")
    chain = models.CharField(max_length=41, null=True)
    account = models.CharField(max_length=42, null=True)
    nonce = models.PositiveBigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["chain", "account", "nonce"], name="lapse_nonce")]


class NextNonce(Projection):
    """Where officers have said that an account goes on; the highest counts, and only forward."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="+")
    chain = models.CharField(max_length=41)
    account = models.CharField(max_length=42)
    nonce = models.PositiveBigIntegerField()


class Attempt(Projection):
    """A transaction signed for a nonce of an account: the first, and those that replace it.

    A trigger refuses one that does not pay more per gas than all before it. Prices and fee with leading
    zeros, so that they sort as numbers do.
    """

    pk = models.CompositePrimaryKey("anchor", "number")
    anchor = models.CharField(max_length=200)
    number = models.PositiveBigIntegerField()
    intent = models.CharField(max_length=64, db_index=True)
    intent_id = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    price = models.CharField(max_length=78)
    priority = models.CharField(max_length=78)
    fee = models.CharField(max_length=78)
    wallet = models.CharField(max_length=40)
    at = models.CharField(max_length=20)

    class Meta:
        indexes = [models.Index(fields=["wallet", "at"], name="attempts_of_a_wallet")]


class TermsAnchor(Projection):
    """The one anchor that all spends of a deal share."""

    terms = models.CharField(max_length=64, primary_key=True)
    anchor = models.CharField(max_length=200)


class SignedCheckpoint(Projection):
    """Position and link of a checkpoint signed for a stream."""

    pk = models.CompositePrimaryKey("stream", "position")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+")
    stream = models.CharField(max_length=32)
    position = models.PositiveBigIntegerField()
    link = models.CharField(max_length=64)


class SignedBlock(Projection):
    """Height and round of a header signed by a key for a network.

    A trigger refuses a row that is not above all others of its key and network.
    """

    pk = models.CompositePrimaryKey("key_id", "chain", "height", "round")
    key = models.ForeignKey(Key, models.PROTECT, related_name="+", db_index=False)
    chain = models.CharField(max_length=41)
    height = models.PositiveBigIntegerField()
    round = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)


class BackendModule(Projection):
    """What a back-end said of its module, as canonical bytes; the last row of a back-end counts.

    ``probe``: the probe it passed in this state, as canonical bytes; null where it was only looked at.
    """

    backend = models.CharField(max_length=32, db_index=True)
    module = models.BinaryField()
    probe = models.BinaryField(null=True)


class ColdSession(Projection):
    """A session that opened a closed back-end, named by the action of its custodians."""

    id = models.CharField(max_length=40, primary_key=True)
    backend = models.CharField(max_length=32)
    ends_at = models.CharField(max_length=20)


class ColdSessionEnd(Projection):
    """A session is over, once."""

    session = models.OneToOneField(ColdSession, models.PROTECT, primary_key=True, related_name="+")


class PresentedHead(Projection):
    """A head that a key of ours has signed and this store does not know: it was rewound."""

    hash = models.CharField(max_length=64, primary_key=True)


class Recovery(Projection):
    """The officers' word to go on with this store, from its entry on."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="+")
    at = models.CharField(max_length=20)

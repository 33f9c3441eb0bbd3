"""The guards know the new columns; a refused request, and no other, makes room for the next one."""

from django.db import migrations

from custody.audit.append_only import triggers

_INTENT = """
CREATE OR REPLACE FUNCTION wallets_guard_intent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'intents are never deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (NEW.id, NEW.wallet_id, NEW.hash, NEW.document, NEW.needs_our_key, %(new)sNEW.expires_at, NEW.created_at)
       IS DISTINCT FROM
       (OLD.id, OLD.wallet_id, OLD.hash, OLD.document, OLD.needs_our_key, %(old)sOLD.expires_at, OLD.created_at) THEN
        RAISE EXCEPTION 'what an intent says never changes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state <> OLD.state AND (NEW.version <> OLD.version + 1 OR OLD.state = ANY (%(ended)s)) THEN
        RAISE EXCEPTION 'state %% of an intent does not change this way', OLD.state
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""
_ATTEMPT = """
CREATE OR REPLACE FUNCTION wallets_guard_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'attempts are never deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (NEW.id, NEW.intent_id, NEW.number, NEW.chain, NEW.txid, NEW.psbt, NEW.digests, NEW.outpoints, NEW.fee)
       IS DISTINCT FROM
       (OLD.id, OLD.intent_id, OLD.number, OLD.chain, OLD.txid, OLD.psbt, OLD.digests, OLD.outpoints, OLD.fee)
       OR (OLD.raw IS NOT NULL AND NEW.raw IS DISTINCT FROM OLD.raw)
       OR (OLD.signing_request <> '' AND NEW.signing_request <> OLD.signing_request%s) THEN
        RAISE EXCEPTION 'what an attempt says never changes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""
_UNLESS_REFUSED = """
           AND (NEW.signing_request = '' OR NOT EXISTS (
               SELECT 1 FROM hsm_signingresult
               WHERE request_id = OLD.signing_request AND outcome = 'REFUSED'))"""
_WALLET = """
CREATE OR REPLACE FUNCTION wallets_guard_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.id, NEW.owner, NEW.chain, NEW.asset, NEW.deal, NEW.terms_hash, NEW.terms, NEW.script, NEW.script_pubkey%(new)s)
          IS DISTINCT FROM
          (OLD.id, OLD.owner, OLD.chain, OLD.asset, OLD.deal, OLD.terms_hash, OLD.terms, OLD.script, OLD.script_pubkey%(old)s)
       OR (OLD.anchor <> '' AND NEW.anchor <> OLD.anchor) THEN
        RAISE EXCEPTION 'what a wallet is never changes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""
# Written out: a migration says the same for ever, whatever becomes of the state table.
_ENDED = "ARRAY['CANCELLED', 'DENIED', 'EXPIRED', 'FAILED_ONCHAIN', 'FINAL', 'REJECTED']"
_NOW = (
    _INTENT % {"new": "NEW.coins, ", "old": "OLD.coins, ", "ended": _ENDED}
    + _ATTEMPT % _UNLESS_REFUSED
    + _WALLET % {"new": ", NEW.public_key", "old": ", OLD.public_key"}
)
_BEFORE = _INTENT % {"new": "", "old": "", "ended": _ENDED} + _ATTEMPT % "" + _WALLET % {"new": "", "old": ""}


class Migration(migrations.Migration):
    dependencies = [("wallets", "0003_house"), ("hsm", "0002_append_only")]

    operations = [
        triggers("wallets.TransferApproval"),
        triggers("wallets.WitnessFact"),
        migrations.RunSQL(_NOW, _BEFORE),
    ]

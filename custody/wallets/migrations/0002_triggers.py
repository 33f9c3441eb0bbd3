"""What an intent and an attempt say never changes; states move one version at a time and end for good."""

from django.db import migrations

from custody.audit.append_only import triggers

_FUNCTIONS = """
CREATE FUNCTION wallets_guard_intent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'intents are never deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (NEW.id, NEW.wallet_id, NEW.hash, NEW.document, NEW.needs_our_key, NEW.expires_at, NEW.created_at)
       IS DISTINCT FROM
       (OLD.id, OLD.wallet_id, OLD.hash, OLD.document, OLD.needs_our_key, OLD.expires_at, OLD.created_at) THEN
        RAISE EXCEPTION 'what an intent says never changes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state <> OLD.state AND (NEW.version <> OLD.version + 1 OR OLD.state = ANY (%s)) THEN
        RAISE EXCEPTION 'state %% of an intent does not change this way', OLD.state
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_intent BEFORE UPDATE OR DELETE ON wallets_transferintent
    FOR EACH ROW EXECUTE FUNCTION wallets_guard_intent();

CREATE FUNCTION wallets_guard_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'attempts are never deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (NEW.id, NEW.intent_id, NEW.number, NEW.chain, NEW.txid, NEW.psbt, NEW.digests, NEW.outpoints, NEW.fee)
       IS DISTINCT FROM
       (OLD.id, OLD.intent_id, OLD.number, OLD.chain, OLD.txid, OLD.psbt, OLD.digests, OLD.outpoints, OLD.fee)
       OR (OLD.raw IS NOT NULL AND NEW.raw IS DISTINCT FROM OLD.raw)
       OR (OLD.signing_request <> '' AND NEW.signing_request <> OLD.signing_request) THEN
        RAISE EXCEPTION 'what an attempt says never changes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_attempt BEFORE UPDATE OR DELETE ON wallets_txattempt
    FOR EACH ROW EXECUTE FUNCTION wallets_guard_attempt();

CREATE FUNCTION wallets_guard_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.id, NEW.owner, NEW.chain, NEW.asset, NEW.deal, NEW.terms_hash, NEW.terms, NEW.script, NEW.script_pubkey)
          IS DISTINCT FROM
          (OLD.id, OLD.owner, OLD.chain, OLD.asset, OLD.deal, OLD.terms_hash, OLD.terms, OLD.script, OLD.script_pubkey)
       OR (OLD.anchor <> '' AND NEW.anchor <> OLD.anchor) THEN
        RAISE EXCEPTION 'what a wallet is never changes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_wallet BEFORE UPDATE OR DELETE ON wallets_wallet
    FOR EACH ROW EXECUTE FUNCTION wallets_guard_wallet();
"""
_REVERSE = """
DROP TRIGGER guard_wallet ON wallets_wallet;
DROP TRIGGER guard_attempt ON wallets_txattempt;
DROP TRIGGER guard_intent ON wallets_transferintent;
DROP FUNCTION wallets_guard_wallet, wallets_guard_attempt, wallets_guard_intent;
"""
# Written out: a migration says the same for ever, whatever becomes of the state table.
_ENDED = "ARRAY['CANCELLED', 'DENIED', 'EXPIRED', 'FAILED_ONCHAIN', 'FINAL', 'REJECTED']"


class Migration(migrations.Migration):
    dependencies = [("wallets", "0001_initial")]

    operations = [
        triggers("wallets.TxSignature"),
        migrations.RunSQL(_FUNCTIONS % _ENDED, _REVERSE),
    ]

"""What was proposed, signed, proven, confirmed, said and paid is inserted once and never changed."""

from django.db import migrations

from custody.audit.append_only import triggers

MODELS = (
    "TermsVersion",
    "TermsSignature",
    "TermsRegistration",
    "KeyPossession",
    "AddressConfirmation",
    "Payout",
    "Dispute",
    "Statement",
    "Evidence",
)


class Migration(migrations.Migration):
    dependencies = [("escrow", "0001_initial")]
    operations = [triggers(f"escrow.{model}") for model in MODELS]

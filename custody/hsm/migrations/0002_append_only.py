"""Make requests, results and mirrors of the journal append-only."""

from django.db import migrations

from custody.audit.append_only import triggers

MODELS = ("SigningRequest", "SigningResult", "CollectedResult", "JournalEntry", "Checkpoint")


class Migration(migrations.Migration):
    dependencies = [("hsm", "0001_initial")]
    operations = [triggers(f"hsm.{model}") for model in MODELS]

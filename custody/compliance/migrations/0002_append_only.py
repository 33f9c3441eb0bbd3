"""Lists, screenings and hits are inserted once and never changed."""

from django.db import migrations

from custody.audit.append_only import triggers

MODELS = ("SanctionsList", "ListEntry", "ListName", "ListAddress", "Screening", "Hit")


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial")]
    operations = [triggers(f"compliance.{model}") for model in MODELS]

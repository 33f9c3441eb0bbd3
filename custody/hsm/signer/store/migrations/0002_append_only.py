"""Make every table of the store insert-only."""

from django.db import migrations

from custody.hsm.signer.store.append_only import insert_only

TABLES = (
    "entry",
    "genesis",
    "person",
    "key",
    "keystate",
    "seenrequest",
    "seenintent",
    "terms",
    "slot",
    "intentanchor",
    "termsanchor",
    "signedcheckpoint",
)


class Migration(migrations.Migration):
    dependencies = [("signer_store", "0001_initial")]
    operations = [operation for table in TABLES for operation in insert_only(table)]

"""Nonces of accounts and Safes: each is signed once."""

import django.db.models.deletion
from django.db import migrations, models

from custody.hsm.signer.store.append_only import insert_only


class Migration(migrations.Migration):
    dependencies = [("signer_store", "0003_trust_store")]

    operations = [
        migrations.CreateModel(
            name="SignedNonce",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "chain",
                        "account",
                        "nonce",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("chain", models.CharField(max_length=41)),
                ("account", models.CharField(max_length=42)),
                ("nonce", models.PositiveBigIntegerField()),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="signer_store.entry",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        *insert_only("signednonce"),
    ]

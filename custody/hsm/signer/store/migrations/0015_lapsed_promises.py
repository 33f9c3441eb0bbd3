"""Promises that can never be kept any more end on record, and what they had taken is free again."""

import django.db.models.deletion
from django.db import migrations, models

from custody.hsm.signer.store.append_only import insert_only, lapsed_may_go, only_open_promises_lapse

_NONCE = "'evm:' || OLD.chain || ':' || OLD.account || ':' || OLD.nonce"


class Migration(migrations.Migration):
    dependencies = [
        ("signer_store", "0010_attempts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Lapse",
            fields=[
                (
                    "promise",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="signer_store.entry",
                    ),
                ),
                ("chain", models.CharField(max_length=41, null=True)),
                ("account", models.CharField(max_length=42, null=True)),
                ("nonce", models.PositiveBigIntegerField(null=True)),
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
                "indexes": [models.Index(fields=["chain", "account", "nonce"], name="lapse_nonce")],
            },
        ),
        *insert_only("lapse"),
        *only_open_promises_lapse(),
        lapsed_may_go("slot", taken=""),
        lapsed_may_go("attempt", taken=""),
        lapsed_may_go("intentanchor", taken="OLD.anchor"),
        lapsed_may_go("termsanchor", taken="OLD.anchor"),
        lapsed_may_go("signednonce", taken=f"{_NONCE}, 'safe' || substr({_NONCE}, 4)"),
    ]

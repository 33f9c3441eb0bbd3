import django.db.models.deletion
from django.db import migrations, models

from custody.hsm.signer.store.append_only import insert_only, only_upwards


class Migration(migrations.Migration):
    dependencies = [
        ("signer_store", "0008_certificates_heads"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "anchor",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("anchor", models.CharField(max_length=200)),
                ("number", models.PositiveBigIntegerField()),
                ("intent", models.CharField(db_index=True, max_length=64)),
                ("intent_id", models.CharField(max_length=40)),
                ("digest", models.CharField(max_length=64)),
                ("price", models.CharField(max_length=78)),
                ("priority", models.CharField(max_length=78)),
                ("fee", models.CharField(max_length=78)),
                ("wallet", models.CharField(max_length=40)),
                ("at", models.CharField(max_length=20)),
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
                "indexes": [models.Index(fields=["wallet", "at"], name="attempts_of_a_wallet")],
            },
        ),
        *insert_only("attempt"),
        only_upwards("attempt", per=("anchor",), by=("price",)),
    ]

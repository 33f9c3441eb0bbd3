import django.db.models.deletion
from django.db import migrations, models

from custody.hsm.signer.store.append_only import insert_only


class Migration(migrations.Migration):
    dependencies = [
        ("signer_store", "0007_tokens"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeyCertificate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("use", models.CharField(max_length=8)),
                ("certificate", models.BinaryField()),
                ("chain", models.TextField(blank=True)),
                ("fingerprint", models.CharField(max_length=64, unique=True)),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="signer_store.entry",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="signer_store.key",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        *insert_only("keycertificate"),
        migrations.CreateModel(
            name="PresentedHead",
            fields=[
                ("hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
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
            options={"abstract": False},
        ),
        *insert_only("presentedhead"),
        migrations.CreateModel(
            name="Recovery",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="signer_store.entry",
                    ),
                ),
                ("at", models.CharField(max_length=20)),
            ],
            options={"abstract": False},
        ),
        *insert_only("recovery"),
        migrations.CreateModel(
            name="NextNonce",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="signer_store.entry",
                    ),
                ),
                ("chain", models.CharField(max_length=41)),
                ("account", models.CharField(max_length=42)),
                ("nonce", models.PositiveBigIntegerField()),
            ],
            options={"abstract": False},
        ),
        *insert_only("nextnonce"),
    ]

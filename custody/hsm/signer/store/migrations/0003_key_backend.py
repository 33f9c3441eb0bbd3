"""Name the back-end that holds a key.

Nullable, so that SQLite adds the column in place: rebuilding the table would lose its triggers.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signer_store", "0002_append_only")]
    operations = [
        migrations.AddField(
            model_name="key",
            name="backend",
            field=models.CharField(max_length=32, null=True),
        ),
    ]

"""Files are stored once and never changed."""

from django.db import migrations

from custody.audit.append_only import triggers


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [triggers("documents.Document")]

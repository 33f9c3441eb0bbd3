"""Entries and links are inserted once and never changed."""

from django.db import migrations

from custody.audit.append_only import triggers


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [triggers("audit.AuditEntry"), triggers("audit.AuditLink")]

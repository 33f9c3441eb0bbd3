"""Policies and decisions are inserted once and never changed."""

from django.db import migrations

from custody.audit.append_only import triggers


class Migration(migrations.Migration):
    dependencies = [("policy", "0001_initial")]
    operations = [triggers("policy.PolicyVersion"), triggers("policy.PolicyDecision")]

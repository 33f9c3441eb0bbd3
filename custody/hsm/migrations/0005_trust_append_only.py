"""Make approvals append-only, and fill the two list columns of what was asked and answered before.

The columns repeat what the bodies say; their tables refuse changes, so the triggers rest meanwhile.
"""

from django.db import migrations

from custody.audit.append_only import triggers

_FILL = """
ALTER TABLE hsm_signingrequest DISABLE TRIGGER append_only_row;
UPDATE hsm_signingrequest SET chain = COALESCE(
    split_part(convert_from(body, 'UTF8')::jsonb #>> '{intent,asset}', '/', 1),
    convert_from(body, 'UTF8')::jsonb #>> '{documents,0,document,chain}',
    '');
ALTER TABLE hsm_signingrequest ENABLE TRIGGER append_only_row;
ALTER TABLE hsm_collectedresult DISABLE TRIGGER append_only_row;
UPDATE hsm_collectedresult SET rule = COALESCE(
    (SELECT convert_from(body, 'UTF8')::jsonb ->> 'rule' FROM hsm_signingresult WHERE id = result_id), '');
ALTER TABLE hsm_collectedresult ENABLE TRIGGER append_only_row;
"""


class Migration(migrations.Migration):
    dependencies = [("hsm", "0004_trust_documents")]
    operations = [
        triggers("hsm.TrustApproval"),
        # Columns that repeat a body need no way back.
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]

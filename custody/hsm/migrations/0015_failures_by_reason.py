"""A request that waits may say more than once why, each reason once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hsm", "0010_published_credentials"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="signingresult",
            name="signing_result_failed_once",
        ),
        migrations.AddField(
            model_name="signingresult",
            name="failure",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddConstraint(
            model_name="signingresult",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "FAILED")),
                fields=("request", "failure"),
                name="signing_result_failure_once",
            ),
        ),
    ]

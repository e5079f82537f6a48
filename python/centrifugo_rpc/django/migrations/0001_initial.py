"""Creates the table of :func:`centrifugo_rpc.django.once`."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """Creates ``centrifugo_rpc_calls``."""

    initial = True

    dependencies = []  # noqa: RUF012

    operations = [  # noqa: RUF012
        migrations.CreateModel(
            name="RecordedCall",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("result", models.TextField(null=True)),
                ("created_at", models.DateTimeField(db_default=Now(), db_index=True)),
            ],
            options={"db_table": "centrifugo_rpc_calls"},
        ),
    ]

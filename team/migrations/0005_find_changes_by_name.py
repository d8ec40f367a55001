from __future__ import annotations

from django.db import migrations, models
from django.db.models.functions import Lower

from advocate.lib.append_only import refuse_changes
from advocate.lib.fields import ExactCharField

REFUSE = refuse_changes("team_auditentry")


class Migration(migrations.Migration):
    dependencies = [("team", "0004_api_keys")]

    operations = [
        # SQLite rebuilds the table, without what refuses changes, in either direction.
        migrations.RunPython(migrations.RunPython.noop, REFUSE.code),
        migrations.AlterField(
            model_name="auditentry",
            name="object_label",
            field=ExactCharField(blank=True, max_length=255, verbose_name="object"),
        ),
        migrations.AddIndex(
            model_name="auditentry", index=models.Index(Lower("object_label"), name="team_audit_label")
        ),
        migrations.AddIndex(
            model_name="auditentry", index=models.Index(fields=["actor", "-at", "-id"], name="team_audit_actor")
        ),
        migrations.RunPython(REFUSE.code, migrations.RunPython.noop),
    ]

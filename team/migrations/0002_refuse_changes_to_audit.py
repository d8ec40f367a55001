from __future__ import annotations

from django.db import migrations

from advocate.lib.append_only import refuse_changes


class Migration(migrations.Migration):
    dependencies = [("team", "0001_initial")]

    operations = [refuse_changes("team_auditentry")]

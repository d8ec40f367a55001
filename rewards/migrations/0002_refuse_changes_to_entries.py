from __future__ import annotations

from django.db import migrations

from advocate.lib.append_only import refuse_changes


class Migration(migrations.Migration):
    dependencies = [("rewards", "0001_initial")]

    operations = [refuse_changes("rewards_rewardentry")]

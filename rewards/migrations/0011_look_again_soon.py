from __future__ import annotations

from django.db import migrations

from advocate.lib.statistics import look_again_soon


class Migration(migrations.Migration):
    dependencies = [
        ('rewards', '0010_find_rewards_by_source'),
    ]

    operations = [
        look_again_soon('rewards_reward'),
    ]

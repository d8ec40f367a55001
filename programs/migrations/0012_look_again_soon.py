from __future__ import annotations

from django.db import migrations

from advocate.lib.statistics import look_again_soon


class Migration(migrations.Migration):
    dependencies = [
        ('programs', '0011_forget_who_sent_events'),
    ]

    operations = [
        look_again_soon('programs_referralcode', 'programs_referral', 'programs_touch', 'programs_conversion'),
    ]

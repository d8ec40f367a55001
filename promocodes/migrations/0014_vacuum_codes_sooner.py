from __future__ import annotations

from django.db import migrations

from promocodes.sweeping import vacuum_codes_sooner


class Migration(migrations.Migration):
    dependencies = [
        ('promocodes', '0013_check_codes_by_trigger'),
    ]

    operations = [
        vacuum_codes_sooner(),
    ]

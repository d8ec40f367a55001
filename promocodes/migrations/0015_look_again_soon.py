from __future__ import annotations

from django.db import migrations

from advocate.lib.statistics import look_again_soon


class Migration(migrations.Migration):
    dependencies = [
        ('promocodes', '0014_vacuum_codes_sooner'),
    ]

    operations = [
        look_again_soon('promocodes_promocode', 'promocodes_codeholder'),
    ]

from __future__ import annotations

from django.db import migrations

from promocodes.guards import guard_codes


class Migration(migrations.Migration):
    dependencies = [
        ('programs', '0009_let_conversions_be_reversed'),
        ('promocodes', '0010_codes_from_names'),
    ]

    operations = [
        guard_codes(),
    ]

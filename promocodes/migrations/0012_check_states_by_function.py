from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """What this did, the next one does better, and takes away."""

    dependencies = [
        ('promocodes', '0011_keep_who_has_codes'),
    ]

    operations = []

from __future__ import annotations

from django.db import migrations

from promocodes.state_check import check_state_by_function


class Migration(migrations.Migration):
    dependencies = [
        ('promocodes', '0011_keep_who_has_codes'),
    ]

    operations = [
        check_state_by_function(),
    ]

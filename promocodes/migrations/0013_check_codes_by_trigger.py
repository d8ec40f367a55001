from __future__ import annotations

from django.db import migrations

from promocodes.code_rules import check_codes_by_trigger


class Migration(migrations.Migration):
    dependencies = [
        ('promocodes', '0012_check_states_by_function'),
    ]

    operations = [
        check_codes_by_trigger(),
    ]

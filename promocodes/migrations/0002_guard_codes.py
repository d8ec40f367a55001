from __future__ import annotations

from django.db import migrations

from promocodes.guards import guard_codes

CLAIM_REFERRAL_CODES = """
INSERT INTO promocodes_promocode (code, state, is_multi_use, is_extra, use_count)
SELECT code, 9, FALSE, FALSE, 0 FROM programs_referralcode
"""


class Migration(migrations.Migration):
    dependencies = [("promocodes", "0001_initial")]

    operations = [
        migrations.RunSQL(CLAIM_REFERRAL_CODES, "DELETE FROM promocodes_promocode WHERE state = 9"),
        guard_codes(),
    ]

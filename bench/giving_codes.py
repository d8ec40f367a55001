"""
How long giving every advocate their first codes takes, and how much memory.

    DATABASE_URL=postgres://… PYTHONPATH=. python bench/giving_codes.py [--people 1000000] [--each 5]

The database must be made for this: it is migrated and filled. The job runs in this process as a worker runs it.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
SEED = (
    """
    INSERT INTO programs_program (key, name, status, main_url, fallback_url, created_at, updated_at)
    VALUES ('bench', 'Bench', 'live', '', '', now(), now())
    """,
    """
    INSERT INTO promocodes_codepool (program_id, kind, codes_each, name_pattern, notify_emails, on_widgets, stock_level,
        switched_on_at, created_at, updated_at)
    SELECT id, 'one_time', {each}, '', '[]', false, 'enough', now(), now(), now() FROM programs_program
    """,
    """
    INSERT INTO promocodes_codebatch (pool_id, name, source, added_by, code_count, created_at)
    SELECT id, 'Bench', 'upload', '', 0, now() FROM promocodes_codepool
    """,
    """
    INSERT INTO programs_participant (account_id, user_id, first_name, last_name, email, locale, country_code,
        referable, block_reason, image_url, segments, custom_fields, referral_source, created_at, updated_at)
    SELECT 'a' || n, 'u' || n, '', '', '', '', '', true, '', '', '[]', '{{}}', '', now(), now()
    FROM generate_series(1, {people}) AS n
    """,
    # Everybody is an advocate.
    """
    INSERT INTO programs_referralcode (code, program_id, participant_id, is_primary, created_at)
    SELECT 'REF-' || person.id, program.id, person.id, true, now()
    FROM programs_participant AS person, programs_program AS program
    """,
    """
    INSERT INTO promocodes_promocode (pool_id, batch_id, code, state, is_multi_use, is_extra, use_count)
    SELECT batch.pool_id, batch.id, 'BENCH-' || n, 0, false, false, 0
    FROM promocodes_codebatch AS batch, generate_series(1, {people} * {each}) AS n
    """,
    """
    UPDATE promocodes_codepool AS pool SET first_id = ids.first, last_id = ids.last
    FROM (SELECT min(id) AS first, max(id) AS last FROM promocodes_promocode) AS ids
    """,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, default=5)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        for statement in SEED:
            cursor.execute(statement.format(people=options.people, each=options.each))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    before = megabytes()
    begun = time.monotonic()
    job = give()
    seconds = time.monotonic() - begun
    print(f"{job.status}: {job.rows_done:,} advocates, {job.totals}, {seconds:.1f} s, ", end="")
    print(f"{job.totals.get('given', 0) / seconds:,.0f} codes/s, {before} MB before, {megabytes()} MB at most")


def give() -> Any:
    """Run the job and return it as it is then."""
    from advocate.lib import clock
    from jobs.operations import ImportChoices, create_run
    from jobs.runner import run_job
    from promocodes import wake
    from promocodes.imports import GIVE_CODES
    from promocodes.models import CodePool
    from team.audit import SYSTEM

    wake.wake_worker = lambda *_args: None
    job = create_run(
        import_type=GIVE_CODES,
        name="Bench",
        params={"pool": CodePool.objects.get().pk},
        by=SYSTEM,
        at=clock.now(),
        choices=ImportChoices(without_preview=True),
    )
    run_job(job.pk)
    job.refresh_from_db()
    return job


def megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()

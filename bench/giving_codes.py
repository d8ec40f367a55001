"""
How long giving every advocate their first codes takes, and how much memory.

    DATABASE_URL=postgres://… PYTHONPATH=. python bench/giving_codes.py [--people 1000000] [--each 5] [--kills 0]

The database must be made for this: it is migrated and filled. The job runs in a process of its own as a worker runs it.
With ``--kills`` that process is killed so many times, at random moments, and another one takes the job over as soon as
the lease of three seconds has ended. In the end every advocate must hold exactly their set; exit status 1 if not.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
LEASE_SECONDS = 3
MOST_SECONDS = 20.0  # between the end of a lease and the next kill
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
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
    os.environ.setdefault("JOB_LEASE_SECONDS", str(LEASE_SECONDS))
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
    begun = time.monotonic()
    job = give(options.kills)
    seconds = time.monotonic() - begun
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"{job.status}: {job.rows_done:,} advocates, {job.totals}, {seconds:.1f} s, {options.kills} kills, ", end="")
    print(f"{job.totals.get('given', 0) / seconds:,.0f} codes/s, {most} MB at most")
    wrong = differences(job, options)
    print("; ".join(wrong) or "each advocate holds exactly their set")
    sys.exit(1 if wrong else 0)


def give(kills: int) -> Any:
    """See the job through, with so many kills on the way, and return it as it is then."""
    from django.db import connection

    from advocate.lib import clock
    from jobs.operations import ImportChoices, create_run
    from promocodes.imports import GIVE_CODES
    from promocodes.models import CodePool
    from team.audit import SYSTEM

    job = create_run(
        import_type=GIVE_CODES,
        name="Bench",
        params={"pool": CodePool.objects.get().pk},
        by=SYSTEM,
        at=clock.now(),
        choices=ImportChoices(without_preview=True),
    )
    connection.close()  # it must not be shared with the children
    while kills or job.is_under_way:
        worker = multiprocessing.get_context("fork").Process(target=work, args=(job.pk,))
        worker.start()
        if kills:
            worker.join(LEASE_SECONDS + random.uniform(0, MOST_SECONDS))
            kills -= 1
            worker.kill()
        worker.join()
        job.refresh_from_db()
        connection.close()
        if not job.is_under_way:
            break
    return job


def work(job_id: int) -> None:
    """Be a worker that waits for the lease of the one before to end."""
    from jobs.inline import follow_job
    from jobs.models import Job
    from promocodes import wake

    wake.wake_worker = lambda *_args: None
    follow_job(Job.objects.get(pk=job_id))


def differences(job: Any, options: argparse.Namespace) -> list[str]:
    """Return in which ways not every advocate has their set exactly once."""
    from django.db.models import Count

    from promocodes.models import CodeHolder, PromoCode

    wanted = options.people * options.each
    codes = PromoCode.objects.filter(state=PromoCode.State.ASSIGNED).order_by()
    sets = codes.values("participant").annotate(count=Count("pk"))
    found = {
        "status": (job.status, "done"),
        "codes given": (codes.count(), wanted),
        "codes told": (job.totals.get("given"), wanted),
        "sets that are full": (sets.filter(count=options.each).count(), options.people),
        "advocates": (CodeHolder.objects.count(), options.people),
        "who waits": (CodeHolder.objects.filter(waiting_since__isnull=False).count(), 0),
    }
    return [f"{what}: {seen} instead of {due}" for what, (seen, due) in found.items() if seen != due]


if __name__ == "__main__":
    main()

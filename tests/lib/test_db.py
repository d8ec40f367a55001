from __future__ import annotations

import threading
from datetime import timedelta, timezone

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from advocate.lib import db
from jobs.models import Job, JobEvent
from outbox.models import Email
from tests.conftest import NOON
from tests.factories import make_participant


def _job() -> Job:
    return Job.objects.create(
        kind="export", type="t", name="n", phase="writing", created_at=NOON, expires_at=NOON + timedelta(days=1)
    )


def _rows(job: Job, count: int):
    return ((job.pk, NOON + timedelta(seconds=n), "done", f"Ann\tLee\\ {n} 李") for n in range(count))


FIELDS = ("job", "at", "code", "actor")


@pytest.mark.django_db
def test_rows_are_loaded_as_they_are_with_their_types():
    job = _job()

    loaded = db.load_rows(JobEvent, FIELDS, _rows(job, 5_001))

    last = JobEvent.objects.order_by("-id")[0]
    assert loaded == JobEvent.objects.count() == 5_001
    assert (last.at, last.actor) == (NOON + timedelta(seconds=5_000), "Ann\tLee\\ 5000 李")


@pytest.mark.django_db
def test_what_the_database_refuses_of_a_load_is_told_as_djangos_error():
    job = _job()

    with pytest.raises(IntegrityError), transaction.atomic():
        db.load_rows(JobEvent, ("id", *FIELDS), [(1, *row) for row in _rows(job, 2)])

    assert not JobEvent.objects.exists()


@pytest.mark.django_db
def test_new_ids_are_nobodys():
    job = _job()
    db.load_rows(JobEvent, FIELDS, _rows(job, 3))

    ids = db.new_ids(JobEvent, 2)
    db.load_rows(JobEvent, ("id", *FIELDS), [(pk, *row) for pk, row in zip(ids, _rows(job, 2), strict=True)])
    later = JobEvent.objects.create(job=job, at=NOON, code="done")

    assert len({*JobEvent.objects.values_list("pk", flat=True)}) == 6
    assert later.pk > max(ids)


@pytest.mark.django_db
def test_a_json_column_is_loaded():
    fields = [field.attname for field in Job._meta.concrete_fields if not field.primary_key]
    blank = Job(kind="export", type="t", name="n", phase="writing", created_at=NOON, expires_at=NOON)
    blank.params = {"units": ["CASH/USD", 'a"b\t']}

    db.load_rows(Job, fields, [[getattr(blank, name) for name in fields]])

    assert Job.objects.get().params == {"units": ["CASH/USD", 'a"b\t']}


@pytest.mark.django_db
def test_each_row_keeps_its_own_instant_in_whatever_zone_it_is_told():
    job = _job()
    shanghai = timezone(timedelta(hours=8))
    instants = [NOON, NOON.astimezone(shanghai), NOON + timedelta(microseconds=1), NOON.replace(tzinfo=shanghai), NOON]

    db.load_rows(JobEvent, FIELDS, [(job.pk, at, "done", "Ann") for at in instants])

    assert list(JobEvent.objects.order_by("pk").values_list("at", flat=True)) == instants


@pytest.mark.django_db
def test_loading_takes_rows_one_by_one_and_keeps_none():
    alive = 0
    most = 0

    class Row(list):
        def __del__(self):
            nonlocal alive
            alive -= 1

    def rows(job):
        nonlocal alive, most
        for values in _rows(job, 10_000):
            alive += 1
            most = max(most, alive)
            yield Row(values)

    db.load_rows(JobEvent, FIELDS, rows(_job()))

    assert most <= db.SQLITE_LOAD_BATCH + 1


@pytest.mark.django_db
def test_a_query_is_streamed_with_its_parameters():
    job = _job()
    db.load_rows(JobEvent, FIELDS, _rows(job, 4_500))
    select = db.Select.of(JobEvent.objects.filter(at__gte=NOON + timedelta(seconds=100)).values_list("id"))

    rows = list(db.stream_rows(select))

    assert len(rows) == 4_400


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_does_not_see_what_others_write_meanwhile():
    job = _job()
    db.load_rows(JobEvent, FIELDS, _rows(job, 10))
    counts = []

    def write():
        with transaction.atomic():
            db.load_rows(JobEvent, FIELDS, _rows(job, 5))
        connection.close()

    with db.snapshot():
        counts.append(JobEvent.objects.count())
        if _shares_one_memory():
            pytest.skip("an SQLite database in memory has no snapshots")
        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        counts.append(JobEvent.objects.count())

    assert counts == [10, 10]
    assert JobEvent.objects.count() == 15


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_may_be_the_first_use_of_a_connection():
    counts = []

    def look():
        with db.snapshot():
            counts.append(Job.objects.count())
        connection.close()

    reader = threading.Thread(target=look)
    reader.start()
    reader.join()

    assert counts == [0]


@pytest.mark.django_db(transaction=True)
def test_after_a_snapshot_writing_works_as_before():
    with db.snapshot():
        JobEvent.objects.count()

    _job()

    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_each_chunk_is_a_transaction_of_its_own():
    job = _job()

    def work(number: int) -> int:
        db.load_rows(JobEvent, FIELDS, _rows(job, 2))
        if number == 3:
            raise ZeroDivisionError
        return number

    done: list[int] = []
    with pytest.raises(ZeroDivisionError):
        done.extend(db.run_in_chunks([1, 2, 3, 4], work))

    assert JobEvent.objects.count() == 4


@pytest.mark.django_db
def test_postgres_writes_csv_itself_and_sqlite_says_that_it_does_not():
    job = _job()
    db.load_rows(JobEvent, FIELDS, _rows(job, 2))
    select = db.Select.of(JobEvent.objects.filter(code="done").order_by("id").values_list("actor"))
    written: list[bytes] = []

    if not db.is_postgres():
        with pytest.raises(NotImplementedError):
            db.copy_as_csv(select, written.append)
        return
    db.copy_as_csv(select, written.append)

    assert b"".join(written).decode() == "Ann\tLee\\ 0 李\nAnn\tLee\\ 1 李\n"


def test_batches_hold_the_items_in_order():
    assert list(db.batches(range(5), 2)) == [[0, 1], [2, 3], [4]]


def _shares_one_memory() -> bool:
    return not db.is_postgres() and "memory" in str(connection.settings_dict["NAME"])


def write_emails(count):
    Email.objects.bulk_create(
        [
            Email(key=f"{count}-{number}", to="ann@example.com", created_at=NOON, next_attempt_at=NOON)
            for number in range(count)
        ]
    )


def rows_known():
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'outbox_email'")
        return int(cursor.fetchone()[0])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_tables_without_statistics_get_them_and_others_are_left_alone(django_assert_num_queries):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE outbox_email")
    write_emails(3)
    assert rows_known() == -1

    with django_assert_num_queries(2):
        db.analyze_if_stale(Email)

    assert rows_known() == 3
    write_emails(4)
    with django_assert_num_queries(1):
        db.analyze_if_stale(Email)
    assert rows_known() == 3


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_table_that_was_empty_when_postgresql_looked_is_looked_at_again():
    write_emails(50)
    Email.objects.all().delete()
    db.analyze(Email)
    write_emails(60)
    assert rows_known() == 0

    db.analyze_if_stale(Email)

    assert rows_known() == 60


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_table_that_has_doubled_is_looked_at_again():
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE outbox_email")  # else the rows may go where deleted ones were
    write_emails(200)
    db.analyze(Email)
    write_emails(500)

    db.analyze_if_stale(Email)

    assert rows_known() == 700


class _FailedError(Exception):
    """What a driver raises, with PostgreSQL's code for the reason."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate
        super().__init__(sqlstate)


def _failing(*sqlstates: str):
    left = list(sqlstates)

    def work() -> str:
        if left:
            raise OperationalError from _FailedError(left.pop(0))
        return "done"

    return work, left


def test_work_that_ended_in_a_deadlock_is_done_again():
    work, _left = _failing("40P01", "40P01")

    assert db.retry_deadlocks(work) == "done"


def test_work_is_not_done_again_for_ever_nor_after_other_errors():
    always, left = _failing(*["40P01"] * 20)
    other, _left = _failing("57014")

    for work in (always, other):
        with pytest.raises(OperationalError):
            db.retry_deadlocks(work)

    assert len(left) == 7
    assert other() == "done"


@pytest.mark.django_db
@pytest.mark.parametrize(("microsecond", "written"), [(0, 0), (7_000, 7), (401_999, 401), (999_600, 999)])
def test_an_instant_is_cut_to_the_millisecond_and_never_rounded(microsecond, written):
    make_participant(created_at=NOON.replace(microsecond=microsecond))

    rows = db.stream_rows(db.Select(f"SELECT {db.milliseconds('created_at')} FROM programs_participant"))

    assert list(rows) == [(int(NOON.timestamp()) * 1000 + written,)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"), (False, "false"), (1, "1"), (0, "0"), ("true", "true"), ("00123", "00123"), (None, None),
        (0.1, "0.1"), (0.1 + 0.2, "0.30000000000000004"), (2**53 / 3, "3002399751580330.5"), (-(2**53), str(-(2**53))),
        (12345678901234567890123, "12345678901234567890123"), ('a"b', 'a"b'),
    ],
)  # fmt: skip
def test_a_value_of_a_json_column_is_the_same_text_everywhere(value, text):
    make_participant(custom_fields={"own": value})

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {db.json_text('custom_fields')} FROM programs_participant", ["own"])
        assert cursor.fetchall() == [(text,)]

"""The only place where the two engines differ; everything else is written once and runs on both."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from itertools import islice
from typing import Any, Final, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

Item = TypeVar("Item")
Result = TypeVar("Result")
ModelT = TypeVar("ModelT", bound=models.Model)

logger = logging.getLogger(__name__)

SQLITE_GAP_SECONDS: Final = 0.05  # measured: without a gap another writer waits 11 s behind a busy job, with it 2 s
SQLITE_LOAD_BATCH: Final = 2_000
FETCHED_AT_ONCE: Final = 2_000
DEADLOCK: Final = "40P01"
DEADLOCKS_ALLOWED: Final = 12  # each lets one of the others through

# Fields whose Python values the drivers do not take as they are; all others go to the database untouched, for speed.
PREPARED_ON_SQLITE: Final = (
    models.DateTimeField,
    models.DateField,
    models.TimeField,
    models.DecimalField,
    models.UUIDField,
    models.JSONField,
)
PREPARED_ON_POSTGRES: Final = (models.JSONField,)


@dataclass(frozen=True, slots=True)
class Select:
    """A query as text with its parameters, for reading more rows than memory should hold."""

    sql: str
    params: Sequence[Any] = ()

    @classmethod
    def of(cls, queryset: QuerySet[Any, Any]) -> Select:
        """Return the query that a queryset would send."""
        sql, params = queryset.query.sql_with_params()
        return cls(sql, params)


def is_postgres(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Say whether the database is PostgreSQL; otherwise it is SQLite."""
    return connections[using].vendor == "postgresql"


def load_rows(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]], *, using: str = DEFAULT_DB_ALIAS
) -> int:
    """
    Insert rows in bulk, in constant memory, and return how many there were.

    Each row holds the values of ``fields`` in their order (a foreign key's is the other row's id). No default,
    ``save()`` or signal runs. The caller decides the transaction.
    """
    columns = [model._meta.get_field(name) for name in fields]
    prepared = _prepared(columns, rows, using)
    table = _quoted(model._meta.db_table, using)
    names = ", ".join(_quoted(cast("models.Field[Any, Any]", column).column or "", using) for column in columns)
    with connections[using].cursor() as cursor:
        if is_postgres(using):
            return _copy_in(cursor, f"COPY {table} ({names}) FROM STDIN", prepared)
        places = ", ".join(["%s"] * len(fields))
        return _insert_in_batches(cursor, f"INSERT INTO {table} ({names}) VALUES ({places})", prepared)


def new_ids(model: type[models.Model], count: int, *, using: str = DEFAULT_DB_ALIAS) -> list[int]:
    """
    Return so many primary keys that nothing has or will get, for rows that :func:`load_rows` inserts.

    On SQLite they are safe only in the transaction that inserts them.
    """
    table = model._meta.db_table
    with connections[using].cursor() as cursor:
        if is_postgres(using):
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sequence, [table, count])
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()[0]
        return list(range(last + 1, last + count + 1))


def stream_rows(select: Select, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query in constant memory; open :func:`snapshot` around it for one consistent state."""
    connection = connections[using]
    with connection.chunked_cursor() as cursor:
        cursor.execute(select.sql, select.params)
        while rows := cursor.fetchmany(FETCHED_AT_ONCE):
            yield from rows


def copy_as_csv(select: Select, write: Callable[[bytes], object], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """
    Have PostgreSQL itself write a query's rows as CSV, without a header; ``write`` gets one row at a time.

    :raises NotImplementedError: on SQLite, which has no such thing; use :func:`stream_rows` there
    """
    if not is_postgres(using):
        raise NotImplementedError("Only PostgreSQL writes CSV itself.")
    with connections[using].cursor() as cursor:
        raw = cast("Any", cursor)
        with raw.copy(f"COPY ({select.sql}) TO STDOUT WITH (FORMAT csv)", select.params) as copy:
            for block in copy:
                write(bytes(block))


@contextmanager
def snapshot(*, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """
    Let every query inside see one state of the database, however long it takes, without holding up any writer.

    It is a transaction for reading: write through another connection, or after it.
    """
    connection = connections[using]
    if is_postgres(using):
        with transaction.atomic(using=using, durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # IMMEDIATE, the mode of all other transactions, would hold the one write lock for as long as the report takes.
    connection.ensure_connection()  # which sets the mode
    sqlite = cast("Any", connection)
    usual = sqlite.transaction_mode
    sqlite.transaction_mode = "DEFERRED"
    try:
        with transaction.atomic(using=using, durable=True):
            sqlite.transaction_mode = usual
            yield
    finally:
        sqlite.transaction_mode = usual


def milliseconds(instant: str, *, using: str = DEFAULT_DB_ALIAS) -> str:
    """Return the SQL that turns the instant of an SQL expression into Unix milliseconds."""
    if is_postgres(using):
        return f"floor(extract(epoch FROM {instant}) * 1000)::bigint"
    # strftime rounds, 12.9996 up to 13 even; the text that Django stores has its seconds up to the 19th character.
    whole = f"CAST(strftime('%%s', substr({instant}, 1, 19)) AS INTEGER)"
    return f"({whole} * 1000 + CAST(substr({instant} || '000', 21, 3) AS INTEGER))"


def joined_texts(array: str, *, using: str = DEFAULT_DB_ALIAS) -> str:
    """Return the SQL that joins the texts of a JSON array by commas."""
    if is_postgres(using):
        return f"(SELECT string_agg(item, ',') FROM jsonb_array_elements_text({array}) AS item)"
    return f"(SELECT group_concat(value, ',') FROM json_each({array}))"


def address_text(address: str, *, using: str = DEFAULT_DB_ALIAS) -> str:
    """Return the SQL that gives an IP address as text, without the mask that PostgreSQL's type has."""
    return f"COALESCE(host({address}), '')" if is_postgres(using) else f"COALESCE({address}, '')"


def hexadecimal(number: str, *, digits: int, using: str = DEFAULT_DB_ALIAS) -> str:
    """Return the SQL that writes a whole number, not a negative one, in so many hexadecimal digits."""
    if is_postgres(using):
        return f"lpad(to_hex({number}), {digits}, '0')"
    return f"printf('%%0{digits}x', {number})"


def json_text(document: str, *, using: str = DEFAULT_DB_ALIAS) -> str:
    """Return the SQL that gives one value of a JSON object as text; its key is the next parameter."""
    if is_postgres(using):
        return f"({document} ->> %s)"
    # SQLite's own value of a JSON true is 1, and of a number's 17 digits it writes 15; within a list it keeps all.
    twice = f"json_extract({document}, fullkey, fullkey)"
    number = f"substr({twice}, 2, (length({twice}) - 3) / 2)"
    text = f"""CASE WHEN type IN ('true', 'false') THEN type WHEN type IN ('integer', 'real') THEN {number}
        ELSE CAST(value AS TEXT) END"""
    return f"(SELECT {text} FROM json_each({document}) WHERE key = %s)"


def json_keys(table: str, document: str, *, using: str = DEFAULT_DB_ALIAS) -> Select:
    """Return the query of all keys that a table's JSON objects have."""
    if is_postgres(using):
        return Select(f"SELECT DISTINCT jsonb_object_keys({document}) AS name FROM {table} ORDER BY name")
    keys = f"SELECT DISTINCT field.key AS name FROM {table}, json_each({table}.{document}) AS field"
    return Select(f"{keys} ORDER BY name")


def listed(*types: str, using: str = DEFAULT_DB_ALIAS) -> str:
    """
    Return the SQL of a table that a JSON list of lists holds, which is its one parameter.

    Its columns are ``n``, a row's place from 0 on, and ``v0``, ``v1``, … of these types (``bigint``, ``text``).
    """
    if is_postgres(using):
        values = ", ".join(f"(item ->> {place})::{kind} AS v{place}" for place, kind in enumerate(types))
        return f"(SELECT n - 1 AS n, {values} FROM json_array_elements(%s::json) WITH ORDINALITY AS items(item, n))"
    values = ", ".join(f"json_extract(value, '$[{place}]') AS v{place}" for place in range(len(types)))
    return f"(SELECT key AS n, {values} FROM json_each(%s))"


def matches(text: str, pattern: str, *, using: str = DEFAULT_DB_ALIAS) -> str:
    """Return the SQL that finds a regular expression, of what both engines know and without ``'``, in an expression."""
    return f"{text} {'~' if is_postgres(using) else 'REGEXP'} '{pattern}'"


def exact_collation(*, using: str = DEFAULT_DB_ALIAS) -> str:
    """Return the SQL after which text is compared as in an ``ExactCharField``, so that its index serves."""
    return 'COLLATE "C"' if is_postgres(using) else "COLLATE BINARY"


def json_of(text: str, *, using: str = DEFAULT_DB_ALIAS) -> str:
    """Return the SQL that turns the text of an SQL expression into the value of a JSON column."""
    return f"({text})::jsonb" if is_postgres(using) else text


def json_object(*columns: str, using: str = DEFAULT_DB_ALIAS) -> str:
    """Return the SQL of a JSON object that holds these columns by their names."""
    function = "jsonb_build_object" if is_postgres(using) else "json_object"
    pairs = ", ".join(f"'{column}', {column}" for column in columns)
    return f"{function}({pairs})"


def instant_param(at: datetime, *, using: str = DEFAULT_DB_ALIAS) -> Any:
    """Return an instant as a parameter of SQL that compares it with a column or writes it into one."""
    return connections[using].ops.adapt_datetimefield_value(at)


def skip_locked(queryset: QuerySet[ModelT], *, using: str = DEFAULT_DB_ALIAS) -> QuerySet[ModelT]:
    """
    Lock the rows that nobody else has locked and leave out the others.

    SQLite needs no row locks: its transactions take the one write lock at their start.
    """
    return queryset.select_for_update(skip_locked=True) if is_postgres(using) else queryset


def take_turns(purpose: int, number: int, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """
    Have one transaction at a time go on from here for this purpose and number; to be called before it locks anything.

    SQLite needs nothing for it: one transaction writes at a time anyway.
    """
    if is_postgres(using):
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s::bigint::int)", [purpose, number])


def take_all_turns(purpose: int, numbers: Iterable[int], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Do what ``take_turns`` does for several numbers, which everybody takes in one order."""
    if is_postgres(using):
        with connections[using].cursor() as cursor:
            locks = "SELECT pg_advisory_xact_lock(%s, number) FROM unnest(%s::int[]) AS number"
            cursor.execute(locks, [purpose, sorted(set(numbers))])


def run_in_chunks(
    chunks: Iterable[Item], work: Callable[[Item], Result], *, using: str = DEFAULT_DB_ALIAS
) -> Iterator[Result]:
    """
    Do ``work`` for each chunk in a transaction of its own and yield what it returned, once that is committed.

    On SQLite there is a short gap after each, in which others write.
    """
    for chunk in chunks:
        with transaction.atomic(using=using):
            result = work(chunk)
        yield result
        leave_gap(using=using)


def retry_deadlocks(work: Callable[[], Result]) -> Result:
    """
    Do ``work``, which opens its own transaction, again at once if PostgreSQL undid it to end a deadlock.

    The other transaction then has what it waited for, so that the next try waits for it in turn.
    """
    for _try in range(DEADLOCKS_ALLOWED):
        try:
            return work()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != DEADLOCK:
                raise
            logger.info("database.deadlock")
    return work()


def leave_gap(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Let other writers in on SQLite, which knows no queue; do nothing on PostgreSQL."""
    if not is_postgres(using):
        time.sleep(SQLITE_GAP_SECONDS)


def forget_reads(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """
    Let go of queries that an error left half read, so that writing works again.

    On SQLite such a query keeps the connection at an old state of the database, from which it may not write
    ("database is locked"). PostgreSQL ends it with its transaction.
    """
    connection = connections[using]
    if not is_postgres(using) and not connection.in_atomic_block:
        connection.close()


def analyze(model: type[models.Model], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Refresh PostgreSQL's statistics after a bulk load; without them its plans for the new rows are guesses."""
    if is_postgres(using):
        with connections[using].cursor() as cursor:
            cursor.execute(f"ANALYZE {_quoted(model._meta.db_table, using)}")


def analyze_if_stale(*models_: type[models.Model], using: str = DEFAULT_DB_ALIAS) -> None:
    """
    Refresh PostgreSQL's statistics of tables that it takes for empty, or whose size has doubled since it looked.

    Autovacuum comes by once a minute. Until then PostgreSQL was seen to join a chunk of 5,000 rows with a whole table
    for minutes, and to look for each of 12,000 rows through all of an index that does not begin with its id.
    """
    if not models_ or not is_postgres(using):
        return
    stale = """
        SELECT relname FROM pg_class WHERE oid = ANY(%s::regclass[])
            AND (reltuples <= 0 OR pg_relation_size(oid) > 2 * relpages * current_setting('block_size')::bigint)
    """
    with connections[using].cursor() as cursor:
        cursor.execute(stale, [[_quoted(model._meta.db_table, using) for model in models_]])
        found = {row[0] for row in cursor.fetchall()}
    for model in models_:
        if model._meta.db_table in found:
            analyze(model, using=using)


@contextmanager
def sorting_memory(megabytes: int = 64, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """
    Let PostgreSQL sort and hash large sets in memory, in a transaction of its own or the caller's.

    On SQLite there is neither need nor transaction, as that would be one for writing.
    """
    if not is_postgres(using):
        yield
        return
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{megabytes}MB'")
        yield


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of up to ``size`` items."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _quoted(name: str, using: str) -> str:
    return connections[using].ops.quote_name(name)


def _prepared(columns: Sequence[Any], rows: Iterable[Sequence[Any]], using: str) -> Iterable[Sequence[Any]]:
    connection = connections[using]
    kinds = PREPARED_ON_POSTGRES if is_postgres(using) else PREPARED_ON_SQLITE
    special = [
        (position, _preparing(column, connection))
        for position, column in enumerate(columns)
        if isinstance(column, kinds)
    ]
    if not special:
        return rows
    return (_with_prepared(row, special) for row in rows)


def _preparing(column: Any, connection: BaseDatabaseWrapper) -> Callable[[Any], Any]:
    """Return the function that prepares a column's values; the same few instants come again and again."""
    prepare = partial(column.get_db_prep_save, connection=connection)
    return lru_cache(maxsize=64)(prepare) if isinstance(column, models.DateTimeField) else prepare


def _with_prepared(row: Sequence[Any], special: Sequence[tuple[int, Callable[[Any], Any]]]) -> Sequence[Any]:
    prepared = list(row)
    for position, prepare in special:
        if prepared[position] is not None:
            prepared[position] = prepare(prepared[position])
    return prepared


def _copy_in(cursor: CursorWrapper, sql: str, rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    # Django does not wrap what COPY raises; callers wait for its errors, not for the driver's.
    with cursor.db.wrap_database_errors, cast("Any", cursor).copy(sql) as copy:
        write_row = copy.write_row
        for row in rows:
            write_row(row)
            count += 1
    return count


def _insert_in_batches(cursor: CursorWrapper, sql: str, rows: Iterable[Sequence[Any]]) -> int:
    # Django's executemany keeps all that an iterator gave it, so it gets a list at a time.
    count = 0
    for batch in batches(rows, SQLITE_LOAD_BATCH):
        cursor.executemany(sql, batch)
        count += len(batch)
    return count

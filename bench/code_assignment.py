"""
How quickly codes are assigned by many at once, beside the textbook, as ratios taken in one run.

    PYTHONPATH=. python bench/code_assignment.py [--server postgres://root@127.0.0.1/postgres] [--rounds 3]

It makes databases of its own on the given PostgreSQL and drops them in the end; pgbench must be installed. Each
measurement works on a fresh copy of the same data, all of them in turn, round after round; the median counts.

ours       the statement of ``promocodes.operations.stock``, which begins at a random place of the stock
textbook   UPDATE … WHERE id = (SELECT … ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED), at the head of the stock

full       all codes in stock
few        the same, and no more transactions than with the stock that is nearly gone
gone       99 % of them given since the last vacuum, spread over the whole stock
swept      the same after a vacuum, which autovacuum does by itself
long       all codes in stock, while another transaction keeps a snapshot, as a long report does

alone      nothing but the statement, committed by itself
statement  in a transaction with one insert, as an audit entry would be
operation  in a transaction with all that ``fill_set`` asks before: the advocate's row, their set, who waits
calls      ``fill_set`` itself, through Django from several processes

It comes by the local socket, whose round trips cost less than those over TCP. The textbook gets slower with each
second, as all that it gave lies in its way, so that the ratio depends on ``--seconds``. No commit waits for the disk
unless ``--wait-for-disk`` is given: a slow disk is the limit of whatever way, and what is compared is how a code is
found.

Beside the rates it prints the processor time that the server took for each, if that runs on the same machine. On a
machine that others use, those are the numbers to go by: what a transaction waits for there is mostly its turn.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

HERE = Path(__file__).resolve()
NAME = "advocate_bench_assignment"
PEOPLE = 200_000
LEFT_OF_GONE = 100
STOCKS = {"full": "full", "long": "full", "few": "full", "gone": "gone", "swept": "swept"}

TEXTBOOK = """
    UPDATE promocodes_promocode SET state = 1, participant_id = :person, assigned_at = now(), is_extra = false
    WHERE id = (
        SELECT id FROM promocodes_promocode
        WHERE pool_id = {pool} AND state = 0 AND (expires_at IS NULL OR expires_at > now())
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id
"""
SEED = """
    CREATE TABLE bench_audit (id bigserial PRIMARY KEY, person bigint NOT NULL, at timestamptz NOT NULL);
    INSERT INTO programs_program (key, name, status, main_url, fallback_url, created_at, updated_at)
    VALUES ('bench', 'Bench', 'live', '', '', now(), now());
    INSERT INTO promocodes_codepool (program_id, kind, codes_each, name_pattern, notify_emails, on_widgets, stock_level,
        switched_on_at, created_at, updated_at)
    SELECT id, 'one_time', 1, '', '[]', false, 'enough', now(), now(), now() FROM programs_program;
    INSERT INTO promocodes_codebatch (pool_id, name, source, added_by, code_count, created_at)
    SELECT id, 'Bench', 'upload', '', 0, now() FROM promocodes_codepool;
    INSERT INTO programs_participant (account_id, user_id, first_name, last_name, email, locale, country_code,
        referable, block_reason, image_url, segments, custom_fields, referral_source, created_at, updated_at)
    SELECT 'a' || n, 'u' || n, '', '', '', '', '', true, '', '', '[]', '{{}}', '', now(), now()
    FROM generate_series(1, {people}) AS n;
    INSERT INTO promocodes_codeholder (pool_id, participant_id, joined_at)
    SELECT pool.id, person.id, now() FROM promocodes_codepool AS pool, programs_participant AS person;
    INSERT INTO promocodes_promocode (pool_id, batch_id, code, state, is_multi_use, is_extra, use_count)
    SELECT batch.pool_id, batch.id, 'BENCH-' || n, 0, false, false, 0
    FROM promocodes_codebatch AS batch, generate_series(1, {codes}) AS n;
    UPDATE promocodes_codepool AS pool SET first_id = ids.first, last_id = ids.last
    FROM (SELECT min(id) AS first, max(id) AS last FROM promocodes_promocode) AS ids;
    ALTER TABLE promocodes_promocode SET (autovacuum_enabled = false);
"""
GIVE_AWAY = f"""
    UPDATE promocodes_promocode SET state = 1, assigned_at = now() - interval '1 day',
        participant_id = (SELECT min(id) FROM programs_participant) + id % {PEOPLE}
    WHERE hashint8(id) % {LEFT_OF_GONE} <> 0;
    ANALYZE promocodes_promocode
"""


class Place:
    """Where the scratch databases are."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.names: set[str] = set()

    def url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))

    def make(self, name: str, template: str = "template0") -> str:
        self.names.add(name)
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop_all(self) -> None:
        self.execute(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in self.names))

    def execute(self, *statements: str, name: str = "") -> None:
        with psycopg.connect(self.url(name) if name else self.server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="postgres://root@/postgres?host=/var/run/postgresql")
    parser.add_argument("--codes", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--only", nargs="*", default=["alone", "statement", "operation", "calls"])
    parser.add_argument("--stocks", nargs="*", default=list(STOCKS))
    parser.add_argument("--wait-for-disk", action="store_true")
    parser.add_argument("--call", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.call:
        call(options)
        return
    if not options.wait_for_disk:
        os.environ["PGOPTIONS"] = "-c synchronous_commit=off"
    place = Place(options.server)
    try:
        make_templates(place, options)
        report(place, options)
    finally:
        place.drop_all()


def make_templates(place: Place, options: argparse.Namespace) -> None:
    """Make a database with the whole stock, and one with a hundredth of it."""
    url = place.make(f"{NAME}_full")
    environment = {**os.environ, "DATABASE_URL": url}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=HERE.parent.parent, env=environment, check=True)
    seed = SEED.format(people=PEOPLE, codes=options.codes)
    place.execute(*(part for part in seed.split(";") if part.strip()), "VACUUM ANALYZE", name=f"{NAME}_full")
    place.make(f"{NAME}_gone", f"{NAME}_full")
    place.execute(*GIVE_AWAY.split(";"), name=f"{NAME}_gone")
    place.make(f"{NAME}_swept", f"{NAME}_gone")
    place.execute("VACUUM promocodes_promocode", name=f"{NAME}_swept")
    place.execute("CHECKPOINT")


def report(place: Place, options: argparse.Namespace) -> None:
    """Measure everything in turn and print the medians."""
    rates: dict[tuple[str, str, str], list[float]] = {}
    busy: dict[tuple[str, str, str], list[float]] = {}
    for number in range(options.rounds):
        for kind in options.only:
            for stock in options.stocks:
                for method in ("ours", "textbook"):
                    rate, each = measure(place, kind, stock, method, options)
                    rates.setdefault((kind, stock, method), []).append(rate)
                    busy.setdefault((kind, stock, method), []).append(each)
                    print(
                        f"round {number + 1}  {kind:9} {stock:5} {method:8} {rate:7,.0f}/s {each:7,.0f} us", flush=True
                    )
    print(f"\n{options.codes:,} codes, {options.clients} clients, median of {options.rounds}, assignments a second")
    for kind, stock, method in rates:
        if method == "ours":
            server = compared(busy, kind, stock, " us")
            print(f"  {kind:9} {stock:5}  {compared(rates, kind, stock, '/s')}; server {server}")


def compared(found: dict[tuple[str, str, str], list[float]], kind: str, stock: str, unit: str) -> str:
    """Return the medians of both ways and how many times the one is the other."""
    ours, textbook = (statistics.median(found[kind, stock, method]) for method in ("ours", "textbook"))
    ratio = max(ours, textbook) / min(ours, textbook)
    return f"ours {ours:7,.0f}{unit}, textbook {textbook:7,.0f}{unit}, {ratio:.1f} x"


def measure(place: Place, kind: str, stock: str, method: str, options: argparse.Namespace) -> tuple[float, float]:
    """Return how many assignments a second there are on a fresh copy, and the server's microseconds for each."""
    name = f"{NAME}_copy"
    url = place.make(name, f"{NAME}_{STOCKS[stock]}")
    place.execute("CHECKPOINT")
    with snapshot(url) if stock == "long" else nullcontext():
        before = server_seconds(place)
        rate = by_calls(url, method, options) if kind == "calls" else by_pgbench(url, kind, stock, method, options)
        return rate, (server_seconds(place) - before) / given_lately(url) * 1e6


def given_lately(url: str) -> int:
    """Return how many codes were given just now."""
    with psycopg.connect(url) as connection:
        counted = "SELECT count(*) FROM promocodes_promocode WHERE assigned_at >= now() - interval '1 hour'"
        return int(connection.execute(counted).fetchone()[0])


def server_seconds(place: Place) -> float:
    """Return the processor time that the server's connections which have ended took; nothing if it is elsewhere."""
    with psycopg.connect(place.server) as connection:
        own = Path(f"/proc/{connection.info.backend_pid}/stat")
        if not own.exists():
            return math.nan
        parent = own.read_text().rpartition(") ")[2].split()[1]
        ended = Path(f"/proc/{parent}/stat").read_text().rpartition(") ")[2].split()[13:15]
    return sum(map(int, ended)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def snapshot(url: str) -> Iterator[None]:
    """Keep a transaction open that sees the state of now."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT count(*) FROM promocodes_codepool")
        yield


def by_pgbench(url: str, kind: str, stock: str, method: str, options: argparse.Namespace) -> float:
    script = script_of(url, kind, method)
    # What is left of a stock that is nearly gone does not last for seconds.
    share = options.codes // LEFT_OF_GONE * 6 // 10 // options.clients
    length = ["-t", str(share)] if stock in {"few", "gone", "swept"} else ["-T", str(options.seconds)]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [
            "pgbench",
            "-n",
            "-M",
            "prepared",
            "-c",
            str(options.clients),
            "-j",
            "2",
            *length,
            "-f",
            file.name,
            url,
        ]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"tps = ([\d.]+)", said)[1])
    done = int(re.search(r"transactions actually processed: (\d+)", said)[1])
    given = given_lately(url)
    if given != done:
        print(f"  {done - given} of {done} transactions gave nothing")
        rate *= given / done
    return rate


def script_of(url: str, kind: str, method: str) -> str:
    """Return what a client of pgbench does again and again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
    os.environ["DATABASE_URL"] = url  # the statements are as PostgreSQL writes them
    import django

    django.setup()
    from promocodes.operations.holders import SET_STATE
    from promocodes.operations.stock import give_sql

    with psycopg.connect(url) as connection:
        pool, first, last = connection.execute("SELECT id, first_id, last_id FROM promocodes_codepool").fetchall()[0]
        low, high = connection.execute("SELECT min(id), max(id) FROM programs_participant").fetchall()[0]
    names = {"pool": pool, "participant": ":person", "wanted": 1, "start": ":start", "extra": "false", "at": "now()"}
    give = give_sql("ahead") % names if method == "ours" else TEXTBOOK.format(pool=pool)
    lock = f"SELECT id, waiting_since FROM promocodes_codeholder WHERE pool_id = {pool} AND participant_id = :person"
    around = {
        "alone": [give],
        "statement": [give, "INSERT INTO bench_audit (person, at) VALUES (:person, now())"],
        "operation": [f"{lock} ORDER BY id LIMIT 1 FOR NO KEY UPDATE", SET_STATE % names, give],
    }[kind]
    sets = f"\\set person random({low}, {high})\n\\set start random({first}, {last})\n"
    parts = around if kind == "alone" else ["BEGIN", *around, "COMMIT"]
    return sets + "".join(" ".join(part.split()) + ";\n" for part in parts)


def by_calls(url: str, method: str, options: argparse.Namespace) -> float:
    """Call the operation from several processes for people who have no codes yet."""
    command = [sys.executable, str(HERE), "--seconds", str(options.seconds), "--processes", str(options.processes)]
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(HERE.parent.parent)}
    running = [
        subprocess.Popen([*command, "--call", f"{method}:{number}"], env=environment, stdout=subprocess.PIPE, text=True)
        for number in range(options.processes)
    ]
    found = [json.loads(process.communicate()[0].splitlines()[-1]) for process in running]
    return sum(one["given"] / one["seconds"] for one in found)


def call(options: argparse.Namespace) -> None:
    """Be one of the processes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
    import django

    django.setup()
    from advocate.lib import clock
    from programs.models import Participant
    from promocodes.models import CodePool
    from promocodes.operations import filling

    method, number = options.call.split(":")
    if method == "textbook":
        vars(filling)["random_place"] = lambda *_args: 0  # the head of the stock
    pool = CodePool.objects.get()
    people = Participant.objects.order_by("id").only("id").iterator()
    given, begun = 0, time.monotonic()
    for person in islice(people, int(number), None, options.processes):
        given += filling.fill_set(pool=pool, participant=person, at=clock.now()).given
        if time.monotonic() - begun > options.seconds:
            break
    print(json.dumps({"given": given, "seconds": time.monotonic() - begun}))


if __name__ == "__main__":
    main()

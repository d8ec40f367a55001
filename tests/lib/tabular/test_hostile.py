"""Files made to break a reader: each is read right or refused, quickly, in bounded memory."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advocate.lib.tabular import TableError, TableLimits, open_table, write_csv
from tests.lib.tabular.workbooks import MAIN, number, row, sheet, text, workbook

SECONDS = 20
TEXT_MEGABYTES = 200
WORKBOOK_MEGABYTES = 450

_READ = """
import json, resource, sys, time
import django.conf
django.conf.settings.configure(USE_I18N=False)
from advocate.lib.tabular import TableError, open_table
resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
start, rows, code = time.perf_counter(), 0, ""
try:
    with open(sys.argv[1], "rb") as file, open_table(file) as table:
        for _row in table.rows():
            rows += 1
except TableError as error:
    code = error.code
status = open("/proc/self/status").read()  # ru_maxrss would count the process that started this one
peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
print(json.dumps({"rows": rows, "code": code, "megabytes": peak, "seconds": time.perf_counter() - start}))
"""


def read_apart(path: Path) -> dict[str, float]:
    """Read a file in a process of its own, so that its memory can be measured."""
    found = subprocess.run([sys.executable, "-c", _READ, str(path)], capture_output=True, check=True, timeout=120)
    return json.loads(found.stdout)


def packed(path: Path, start: str, piece: str, times: int, end: str) -> Path:
    """Write a workbook whose one sheet repeats a piece; it never exists unpacked."""
    shell = workbook("<placeholder/>")
    with zipfile.ZipFile(shell) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name != "xl/sheets/s1.xml":
                target.writestr(name, source.read(name))
        with target.open("xl/sheets/s1.xml", "w", force_zip64=True) as part:
            part.write(start.encode())
            block = (piece * 1000).encode()
            for _block in range(times // 1000):
                part.write(block)
            part.write(end.encode())
    return path


START = f'<worksheet xmlns="{MAIN}"><sheetData>' + row(1, text("A1", "a"))
END = "</sheetData></worksheet>"


@pytest.mark.parametrize(
    ("piece", "times", "codes"),
    [
        ("<row/>", 5_000_000, {"suspicious_compression"}),
        ('<row><c r="XFD1"><v>1</v></c></row>', 400_000, {"suspicious_compression"}),
        ("<c>", 5_000_000, {"suspicious_compression", "damaged_workbook"}),
        ("<row><row>", 5_000_000, {"suspicious_compression", "damaged_workbook"}),
        ("x", 50_000_000, {"suspicious_compression", "row_too_long"}),
    ],
)
def test_bombs_are_refused_before_they_unfold(tmp_path, piece, times, codes):
    found = read_apart(packed(tmp_path / "bomb.xlsx", START, piece, times, END))

    assert found["code"] in codes
    assert found["seconds"] < SECONDS
    assert found["megabytes"] < WORKBOOK_MEGABYTES


@pytest.mark.parametrize(
    "shape",
    [
        "rows of one far cell",
        "elements without end",
        "one long cell",
        "shared texts",
        "self-closed rows",
        "one long attribute",
    ],
)
def test_noise_that_does_not_compress_is_bounded_too(tmp_path, shape):
    rng = random.Random(7)
    noise = [f"{rng.getrandbits(64):x}" for _number in range(200_000)]
    shared = ""
    if shape == "rows of one far cell":
        rows = "".join(row(n, text(f"ABC{n}", noise[n])) for n in range(2, 200_000))
    elif shape == "elements without end":
        rows = "".join(f"<row><c><is><t>{word}</t>" for word in noise)
    elif shape == "one long cell":
        rows = row(2, text("A2", "".join(noise)))
    elif shape == "shared texts":
        shared = f'<sst xmlns="{MAIN}">{"".join(f"<si><t>{word}</t></si>" for word in noise)}</sst>'
        rows = "".join(row(n, f'<c r="A{n}" t="s"><v>{n}</v></c>') for n in range(2, 199_999))
    elif shape == "self-closed rows":
        rows = "".join(f'<row r="{n}" x="{word}"/>' for n, word in enumerate(noise, start=2))
    else:
        rows = f'<row x="{"".join(noise) * 3}"/>'
    path = tmp_path / "noise.xlsx"
    path.write_bytes(workbook(sheet(row(1, text("A1", "a")) + rows), shared=shared).getvalue())

    found = read_apart(path)

    assert found["seconds"] < SECONDS
    assert found["megabytes"] < WORKBOOK_MEGABYTES
    assert (found["code"], found["rows"]) == {
        "rows of one far cell": ("", 199_998),
        "elements without end": ("damaged_workbook", 0),
        "one long cell": ("cell_too_long", 0),
        "shared texts": ("", 199_997),
        "self-closed rows": ("", 0),
        "one long attribute": ("", 0),
    }[shape]


@pytest.mark.parametrize(
    ("start", "piece", "codes"),
    [
        ("", '"', {"unclosed_quote", "row_too_long"}),
        ("", "x", {"row_too_long"}),
        ("", ",", {"row_too_long"}),
        ("", "a\n", {"too_many_rows"}),
        ('"', "a\n", {"cell_too_long"}),
    ],
)
def test_hostile_text_is_refused_in_little_memory(tmp_path, start, piece, codes):
    path = tmp_path / "hostile.csv"
    path.write_text("a,b\n" + start + piece * (60_000_000 // len(piece)))

    found = read_apart(path)

    assert found["code"] in codes
    assert found["seconds"] < SECONDS
    assert found["megabytes"] < TEXT_MEGABYTES


def test_a_large_text_file_is_read_in_little_memory(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as out:
        write_csv(
            out, ["userId", "email", "unit"], ((f"u{n}", f"u{n}@example.com", "CASH/USD") for n in range(500_000))
        )

    found = read_apart(path)

    assert found["rows"] == 500_000
    assert found["megabytes"] < 100


def drain(content: bytes) -> str:
    """Read everything; only a refusal may come out."""
    limits = TableLimits(file_bytes=1_000_000, unpacked_bytes=5_000_000, rows=5_000)
    try:
        with open_table(io.BytesIO(content), limits=limits, required=["a"]) as table:
            for found in table.rows():
                assert len(found.cells) == len(table.header)
    except TableError as error:
        return str(error)
    return ""


SEED = workbook(
    sheet(
        row(1, text("A1", "a"), text("B1", "b")) + row(2, '<c r="A2" t="s"><v>0</v></c>', number("B2", "1.5", ' s="1"'))
    ),
    shared=f'<sst xmlns="{MAIN}"><si><t>x</t></si></sst>',
).getvalue()
MUTATIONS = st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), min_size=1, max_size=8)


@settings(max_examples=300, deadline=None)
@given(MUTATIONS)
def test_a_workbook_with_changed_bytes_never_breaks_the_reader(changes):
    content = bytearray(SEED)
    for position, value in changes:
        content[position] = value

    drain(bytes(content))


SNIPPETS = st.sampled_from(
    [
        *("<row>", "</row>", "<c>", "</c>", "<v>", "</v>", "<f>", "</f>", "<t>", "</t>", "<is>", "</is>"),
        *('<c r="A2">', '<c r="ZZZ9" t="s">', "<c t='b'>", '<row r="9"/>', "</sheetData>", "<!--", "-->", "<?x?>"),
        *("1", "&amp;", "&#0;", "&#xD800;", "]]>", "\x00", "é"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SNIPPETS, max_size=14).map("".join))
def test_any_markup_is_read_or_refused(markup):
    drain(workbook(sheet(row(1, text("A1", "a")) + markup)).getvalue())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet='ab,;\t"\n\r\0é', max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(content):
    drain(content)

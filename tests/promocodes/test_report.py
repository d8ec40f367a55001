from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from advocate.lib import db
from advocate.lib.tabular import open_table, write_csv, write_csv_lines
from jobs.tables import write_table
from jobs.types import export_type
from programs.models import Referral, ReferralCode
from promocodes.exports import PROMO_CODES, CodesForm
from promocodes.models import PromoCode, StagedCode
from promocodes.operations import mark_copied, use_code
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool
from tests.promocodes.uploads import checked

pytestmark = pytest.mark.django_db

TRICKY = ["-ABC", "--", "00123", "1E5", "_x", "0x10", "1_000", "-1", "TRUE", "1-2", "NaN"]
HEADER = (
    "code,programId,programName,kind,status,advocate.id,advocate.accountId,advocate.email,dateAssigned,dateCopied,"
    "dateUsed,uses,friend.id,friend.accountId,batch,dateAdded,dateWithdrawn,dateExpires"
)
MS = 1773489600000  # NOON


def written(params=None) -> bytes:
    resource = PROMO_CODES.resource(params=params or {})
    out = io.BytesIO()
    write_csv(out, resource.get_export_headers(), map(resource.cells, PROMO_CODES.rows(params or {}, NOON)))
    return out.getvalue()


def table(params=None) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(params).decode("utf-8-sig"), newline="")))


def codes(params) -> list[str]:
    return [row["code"] for row in table(params)]


@pytest.fixture
def pool():
    return make_pool(program=make_program(key="spring", name="Spring"))


@pytest.fixture
def ana():
    return make_participant(user_id="00123", account_id="acme", email="ana@example.com")


def test_the_header_is_a_contract():
    assert written().decode("utf-8-sig").strip() == HEADER


def test_a_used_code_tells_its_whole_story(pool, ana):
    ben = make_participant(user_id="ben", account_id="b-1")
    code = make_code("SAVE-1", pool=pool, participant=ana)
    mark_copied(code=code, participant=ana, at=NOON + timedelta(seconds=1))
    use_code(code="save-1", key="order-1", friend=ben, at=NOON + timedelta(seconds=2))

    assert table() == [
        {
            "code": "SAVE-1",
            "programId": "spring",
            "programName": "Spring",
            "kind": "ONE_TIME",
            "status": "USED",
            "advocate.id": "00123",
            "advocate.accountId": "acme",
            "advocate.email": "ana@example.com",
            "dateAssigned": str(MS),
            "dateCopied": str(MS + 1000),
            "dateUsed": str(MS + 2000),
            "uses": "1",
            "friend.id": "ben",
            "friend.accountId": "b-1",
            "batch": code.batch.name,
            "dateAdded": str(MS),
            "dateWithdrawn": "",
            "dateExpires": "",
        }
    ]


def test_a_friend_known_by_the_referral_alone_is_told(pool, ana):
    ben = make_participant(user_id="ben")
    referral = Referral.objects.create(program=pool.program, referrer=ana, referred=ben, date_started=NOON)
    make_code("SAVE-1", pool=pool, participant=ana)
    use_code(code="SAVE-1", key="order-1", referral=referral, at=NOON)

    assert table()[0]["friend.id"] == "ben"


def test_a_multi_use_code_is_one_row_with_the_number_of_its_uses(ana):
    make_code("SHARE", pool=make_pool(kind="multi_use", codes_each=1), participant=ana)
    for number in range(3):
        use_code(code="SHARE", key=f"order-{number}", friend=make_participant(), at=NOON)

    (row,) = table()

    assert (row["kind"], row["status"], row["uses"], row["friend.id"]) == ("MULTI_USE", "ASSIGNED", "3", "")


def test_the_report_can_be_narrowed(pool, ana):
    batch = stock_pool(pool, "S1", "S2")
    used = make_code("A1", pool=pool, participant=ana)
    make_code("W1", pool=pool, participant=ana, state=PromoCode.State.WITHDRAWN, withdrawn_at=NOON)
    stock_pool(make_pool(program=make_program(key="other")), "X1")
    ReferralCode.objects.create(code="CLAIMED", program=pool.program, participant=ana)

    assert codes({}) == ["S1", "S2", "A1", "W1", "X1"]
    assert codes({"program": "spring"}) == ["S1", "S2", "A1", "W1"]
    assert codes({"program": "spring", "states": ["assigned", "withdrawn"]}) == ["A1", "W1"]
    assert codes({"batch": batch.pk}) == ["S1", "S2"]
    assert codes({"batch": used.batch_id, "program": "other"}) == []
    assert codes({"states": ["referral", "no_such_state"]}) == codes({})


def test_the_form_gives_what_the_report_takes(pool):
    batch = stock_pool(pool, "S1")

    form = CodesForm({"program": "spring", "batch": batch.pk, "states": ["stock"]})
    blank = CodesForm({})

    assert form.is_valid()
    assert form.params() == {"program": "spring", "batch": batch.pk, "states": ["stock"]}
    assert blank.is_valid()
    assert codes(blank.params()) == ["S1"]


@pytest.mark.parametrize("name", ["program", "batch", "states"])
def test_what_cannot_be_chosen_is_refused(pool, name):
    form = CodesForm({name: ["999999"]})

    assert not form.is_valid()
    assert list(form.errors) == [name]


def test_no_code_begins_a_formula_and_each_comes_back_unchanged(pool):
    stock_pool(pool, *TRICKY)
    cells = [row["code"] for row in table()]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r|")]

    job = checked(make_program(), "code", *cells)

    assert list(StagedCode.objects.filter(job=job).order_by("row_no").values_list("text", flat=True)) == TRICKY
    assert job.rows_refused == len(TRICKY)  # they are known, each by its own text


def test_in_excel_each_code_is_a_text_of_its_own(pool, tmp_path):
    stock_pool(pool, *TRICKY)
    resource = PROMO_CODES.resource(params={})
    path = tmp_path / "codes.xlsx"
    rows = map(resource.cells, PROMO_CODES.rows({}, NOON))

    write_table(path, file_format="xlsx", title="Promo codes", columns=resource.columns(), rows=rows)

    with path.open("rb") as file, open_table(file) as opened:
        assert [row.cells[0] for row in opened.rows()] == TRICKY


@pytest.mark.postgres
def test_postgresql_writes_the_same_csv_as_the_rows_give(pool, ana):
    stock_pool(pool, *TRICKY)
    make_code("USED", pool=pool, participant=ana)
    use_code(code="USED", key="order-1", friend=make_participant(user_id="=ben"), at=NOON)
    out = io.BytesIO()
    write_csv_lines(out, PROMO_CODES.resource(params={}).get_export_headers(), [])

    db.copy_as_csv(PROMO_CODES.csv({}, NOON), out.write)

    copied, plain = out.getvalue().decode("utf-8-sig"), written().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(copied, newline=""))) == list(csv.reader(io.StringIO(plain, newline="")))


def test_the_progress_knows_how_many_codes_come(pool):
    batch = stock_pool(pool, "S1", "S2")
    stock_pool(make_pool(), "X1")

    assert PROMO_CODES.estimate({}) == 3
    assert PROMO_CODES.estimate({"program": "spring"}) == 2
    assert PROMO_CODES.estimate({"batch": batch.pk}) == 2
    assert PROMO_CODES.estimate({"states": ["stock"]}) is None


def test_the_report_is_offered_and_claims_are_in_no_state_of_it():
    states: Any = CodesForm.base_fields["states"]
    offered = states.choices
    assert export_type("promo-codes") is PROMO_CODES
    assert "referral" not in {name for name, _label in offered}
    assert PromoCode.State.REFERRAL.name not in PROMO_CODES.csv({}, NOON).sql

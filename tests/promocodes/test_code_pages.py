from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from programs.models import ReferralCode
from promocodes.models import CodeHolder, CodePool, CodeUse, PromoCode, StockReading
from promocodes.operations import use_code, withdraw_code
from promocodes.queries import pools as pool_queries
from promocodes.queries.batches import counts_of_batches
from promocodes.queries.pools import totals_of_pools
from team.audit import SYSTEM, record
from team.models import AuditEntry, Role
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db

State = PromoCode.State
POOLS = "/admin/promocodes/codepool/"
BATCHES = "/admin/promocodes/codebatch/"
CODES = "/admin/promocodes/promocode/"
HOLDERS = "/admin/promocodes/codeholder/"


@pytest.fixture
def manager(log_in):
    return log_in(Role.PROGRAM_MANAGER)


@pytest.fixture
def ben():
    return make_participant(first_name="Ben", last_name="Okafor")


@pytest.fixture
def pool():
    return make_pool(program=make_program(name="Spring"), notify_at=2, codes_each=1)


def text_of(page):
    return page.content.decode()


def row_of(page, name):
    return next(row for row in text_of(page).split("<tr>") if name in row)


def test_the_pools_say_where_their_codes_are_and_who_waits(manager, pool, ana, ben):
    stock_pool(pool, "S1", "S2", "S3")
    make_code("A1", pool=pool, participant=ana, copied_at=NOON)
    make_code("A2", pool=pool, participant=ana)
    make_code("U1", pool=pool, participant=ana, copied_at=NOON)
    use_code(code="U1", key="order-1", friend=ben, at=NOON)
    make_code("W1", pool=pool, state=State.WITHDRAWN, withdrawn_at=NOON)
    CodeHolder.objects.create(pool=pool, participant=ben, joined_at=NOON, waiting_since=NOON)

    totals = totals_of_pools([pool], at=NOON)[pool.pk]

    names = ("in_stock", "assigned", "copied", "used", "withdrawn", "waiting")
    assert [getattr(totals, name).value for name in names] == [3, 2, 1, 1, 1, 1]
    assert "Spring" in text_of(manager.get(POOLS))


@pytest.mark.parametrize(("stock", "warning"), [(3, None), (2, "Low"), (0, "Empty")])
def test_a_stock_that_is_low_or_empty_is_marked(manager, pool, stock, warning):
    stock_pool(pool, *(f"S{number}" for number in range(stock)))

    row = row_of(manager.get(POOLS), "Spring")

    for mark in ("Low", "Empty"):
        assert (f">{mark}<" in row) == (mark == warning)


def test_before_it_is_switched_on_nothing_is_low(manager):
    make_pool(program=make_program(name="Spring"), switched_on_at=None, notify_at=100)

    row = row_of(manager.get(POOLS), "Spring")

    assert "Not switched on" in row
    assert ">Empty<" not in row


def test_a_large_pool_is_shown_as_its_latest_reading_counted_it(manager, pool, ana, monkeypatch):
    monkeypatch.setattr(pool_queries, "COUNTED", 2)
    stock_pool(pool, *(f"S{number}" for number in range(4)))
    for number in range(3):
        make_code(f"A{number}", pool=pool, participant=ana)
    assert "2+" in row_of(manager.get(POOLS), "Spring")
    for hours, in_stock in ((2, 9), (1, 8)):
        at = NOON - timedelta(hours=hours)
        StockReading.objects.create(pool=pool, at=at, in_stock=in_stock, assigned=1, used=0, withdrawn=0)

    totals = totals_of_pools([pool], at=NOON)[pool.pk]

    assert (totals.in_stock.value, totals.in_stock.as_of) == (8, NOON - timedelta(hours=1))
    assert (totals.assigned.value, totals.assigned.is_more) == (2, True)
    assert (totals.withdrawn.value, totals.withdrawn.as_of) == (0, None)
    assert "as of" in row_of(manager.get(POOLS), "Spring")


def test_a_pools_page_leads_to_its_codes_its_batches_and_who_waits(manager, pool, ana):
    batch = stock_pool(pool, "S1")
    CodeHolder.objects.create(pool=pool, participant=ana, joined_at=NOON, waiting_since=NOON)

    with counted_queries("promocodes.pool page"):
        page = text_of(manager.get(f"{POOLS}{pool.pk}/change/"))

    assert f'href="{BATCHES}{batch.pk}/change/"' in page
    assert f'href="{HOLDERS}of/{ana.pk}/"' in page
    assert f"{CODES}?pool={pool.pk}&amp;state=used" in page
    assert f"/admin/programs/program/{pool.program_id}/change/" in page


def test_a_batch_says_how_many_of_its_codes_are_left_and_were_used(manager, pool, ana, ben):
    batch = stock_pool(pool, "S1", "S2", "S3", "S4")
    stock_pool(pool, "T1")
    given = PromoCode.objects.filter(code__in=["S3", "S4"])
    given.update(state=State.ASSIGNED, participant=ana, assigned_at=NOON)
    use_code(code="S4", key="order-1", friend=ben, at=NOON)

    counts = counts_of_batches([batch])[batch.pk]
    with counted_queries("promocodes.batch page"):
        page = text_of(manager.get(f"{BATCHES}{batch.pk}/change/"))

    assert (counts.in_stock.text, counts.used.text) == ("2", "1")
    for code in ("S1", "S4"):
        assert f">{code}<" in page
    assert ">T1<" not in page


def test_more_codes_than_are_counted_are_told_from_those_that_left(pool, ana):
    batch = stock_pool(pool, *(f"S{number}" for number in range(10)))
    PromoCode.objects.filter(code="S9").update(state=State.ASSIGNED, participant=ana, assigned_at=NOON)

    assert counts_of_batches([batch], limit=3)[batch.pk].in_stock.text == "9"

    PromoCode.objects.filter(code__in=["S5", "S6", "S7"]).update(state=State.WITHDRAWN, withdrawn_at=NOON)
    assert counts_of_batches([batch], limit=3)[batch.pk].in_stock.text == "3+"


def test_uses_of_multi_use_codes_are_counted_by_their_codes(ana, ben):
    pool = make_pool(kind="multi_use", codes_each=1)
    code = make_code("SHARE-ME", pool=pool, participant=ana)
    for number in range(3):
        use_code(code="SHARE-ME", key=f"order-{number}", friend=ben, at=NOON)

    counts = counts_of_batches(list(pool.batches.all()))[code.batch_id]

    assert (counts.in_stock.text, counts.used.text) == ("0", "1")


@pytest.mark.parametrize(("state", "is_offered"), [(State.STOCK, True), (State.WITHDRAWN, False)])
def test_what_is_left_of_a_batch_can_be_withdrawn_only_where_something_is(manager, pool, state, is_offered):
    batch = stock_pool(pool, "S1", state=state, withdrawn_at=NOON if state == State.WITHDRAWN else None)

    page = text_of(manager.get(f"{BATCHES}{batch.pk}/change/"))

    assert ("Withdraw what is left" in page) == is_offered


def test_an_empty_batch_counts_nothing(manager, pool):
    batch = stock_pool(pool)

    assert counts_of_batches([batch])[batch.pk].in_stock.text == "0"
    assert manager.get(f"{BATCHES}{batch.pk}/change/").status_code == 200


def test_a_codes_page_tells_whose_it_is_and_who_used_it(manager, pool, ana, ben):
    code = make_code("USED-1", pool=pool, participant=ana)
    use_code(code="USED-1", key="order-77", friend=ben, at=NOON)

    with counted_queries("promocodes.code page"):
        page = text_of(manager.get(f"{CODES}{code.pk}/change/"))

    for shown in ("Ana García", "Ben Okafor", "order-77", "Spring", "One-time use", "14 Mar 2026"):
        assert shown in page
    assert "Withdraw code" not in page


def test_many_uses_of_a_code_come_in_pages(manager, ana):
    code = make_code("SHARE", pool=make_pool(kind="multi_use", codes_each=1), participant=ana)
    uses = (CodeUse(code=code, key=f"order-{number:02}", friend=make_participant(), at=NOON) for number in range(30))
    CodeUse.objects.bulk_create(uses)

    first = text_of(manager.get(f"{CODES}{code.pk}/change/"))
    second = text_of(manager.get(f"{CODES}{code.pk}/change/?p=2"))

    assert "order-29" in first
    assert "order-04" not in first
    assert "order-04" in second


def test_a_code_that_is_withdrawn_does_not_ask_again(manager, pool, ana):
    code = make_code("GONE-1", pool=pool, participant=ana, state=State.WITHDRAWN, withdrawn_at=NOON)

    answer = manager.get(f"{CODES}{code.pk}/withdraw/", follow=True)

    assert answer.redirect_chain == [(f"{CODES}{code.pk}/change/", 302)]
    assert "The code GONE-1 cannot be withdrawn any more: Withdrawn." in text_of(answer)


def test_a_code_is_withdrawn_with_a_reason_and_its_advocate_gets_another(manager, pool, ana):
    code = make_code("GONE-1", pool=pool, participant=ana)
    stock_pool(pool, "NEXT-1")

    page = manager.get(f"{CODES}{code.pk}/change/")
    answer = manager.post(f"{CODES}{code.pk}/withdraw/", {"reason": "Posted on a forum"}, follow=True)

    assert 'id="withdraw-dialog"' in text_of(page)
    assert answer.redirect_chain == [(f"{HOLDERS}of/{ana.pk}/", 302)]
    assert "The code GONE-1 was withdrawn." in text_of(answer)
    page = text_of(manager.get(f"{CODES}{code.pk}/change/"))
    assert "Never used" in page
    assert "Not used yet" not in page
    code.refresh_from_db()
    assert code.state == State.WITHDRAWN
    assert PromoCode.objects.get(code="NEXT-1").participant == ana
    assert AuditEntry.objects.get(action="promo_code.withdrawn").changes["reason"] == [None, "Posted on a forum"]


@pytest.mark.parametrize("reason", ["", " "])
def test_a_withdrawal_without_a_reason_is_refused(manager, pool, ana, reason):
    code = make_code("KEEP-1", pool=pool, participant=ana)

    page = manager.post(f"{CODES}{code.pk}/withdraw/", {"reason": reason})

    assert "Give a reason." in text_of(page)
    code.refresh_from_db()
    assert code.state == State.ASSIGNED


def test_a_used_code_is_never_withdrawn(manager, pool, ana, ben):
    code = make_code("USED-1", pool=pool, participant=ana)
    use_code(code="USED-1", key="order-1", friend=ben, at=NOON)

    page = manager.post(f"{CODES}{code.pk}/withdraw/", {"reason": "Too late"})

    assert "cannot be withdrawn any more" in text_of(page)
    code.refresh_from_db()
    assert code.state == State.USED
    assert "Withdraw<" not in text_of(manager.get(f"{HOLDERS}of/{ana.pk}/"))


def test_who_may_only_look_or_give_is_not_offered_to_withdraw_and_refused(log_in, pool, ana):
    code = make_code("KEEP-1", pool=pool, participant=ana)
    support = log_in(Role.SUPPORT)

    assert "withdraw/" not in text_of(support.get(f"{HOLDERS}of/{ana.pk}/"))
    assert support.post(f"{CODES}{code.pk}/withdraw/", {"reason": "Why"}).status_code == 403
    code.refresh_from_db()
    assert code.state == State.ASSIGNED


def test_a_claim_of_a_referral_code_cannot_be_withdrawn(manager, pool, ana):
    ReferralCode.objects.create(code="ANA", program=pool.program, participant=ana)

    claim = PromoCode.objects.get(code="ANA")

    assert manager.post(f"{CODES}{claim.pk}/withdraw/", {"reason": "Why"}).status_code == 404


def add_code(client, participant, **answers):
    url = reverse("admin:programs_participant_add_code", args=[participant.pk])
    return client.post(f"{url}?by=promo", answers, follow=True)


@pytest.mark.parametrize(
    ("answers", "given"),
    [
        ({"origin": "pool"}, "NEXT-1"),
        ({"origin": "typed", "code": "ANA-VIP"}, "ANA-VIP"),
        ({"origin": "generated"}, ""),
    ],
)
def test_support_gives_an_advocate_a_promo_code(log_in, pool, ana, answers, given):
    support = log_in(Role.SUPPORT)
    stock_pool(pool, "NEXT-1")

    page = add_code(support, ana, program=pool.program_id, **answers)

    code = PromoCode.objects.get(participant=ana)
    assert code.is_extra
    assert given in {code.code, ""}
    assert code.code in text_of(page)


def test_nothing_typed_is_no_code(manager, pool, ana):
    page = add_code(manager, ana, program=pool.program_id, origin="typed", code="")

    assert "Type the code." in text_of(page)
    assert not PromoCode.objects.filter(participant=ana).exists()


@pytest.mark.parametrize("origin", ["pool", "generated"])
def test_a_code_that_is_typed_is_not_replaced_by_another(manager, pool, ana, origin):
    stock_pool(pool, "NEXT-1")

    page = add_code(manager, ana, program=pool.program_id, origin=origin, code="ANA-WISH")

    assert "to give this code, or leave the field empty." in text_of(page)
    assert "ANA-WISH" in text_of(page)
    assert not PromoCode.objects.filter(participant=ana).exists()


@pytest.mark.parametrize("way", ["", "?by=promo"])
def test_a_code_that_is_too_long_is_refused_and_not_cut_off(manager, pool, ana, way):
    url = reverse("admin:programs_participant_add_code", args=[ana.pk]) + way

    assert "maxlength" not in text_of(manager.get(url))
    page = manager.post(url, {"program": pool.program_id, "origin": "typed", "code": "A" * 65})

    assert "Use up to 64 letters A to Z" in text_of(page)
    assert not PromoCode.objects.filter(participant=ana).exists()


def test_a_program_without_promo_codes_is_not_offered(manager, pool, ana):
    other = make_pool(switched_on_at=None)

    page = add_code(manager, ana, program=other.program_id, origin="generated")

    assert "Select a valid choice" in text_of(page)
    assert not PromoCode.objects.filter(participant=ana).exists()


def test_a_participants_page_shows_their_promo_codes_beside_their_referral_codes(manager, pool, ana, ben):
    CodePool.objects.update(on_widgets=True)
    make_code("FREE-1", pool=pool, participant=ana)
    make_code("USED-1", pool=pool, participant=ana)
    use_code(code="USED-1", key="order-1", friend=ben, at=NOON)

    with counted_queries("programs.participant codes, with promo codes"):
        page = text_of(manager.get(f"/admin/programs/participant/{ana.pk}/change/?tab=codes"))

    assert page.index("FREE-1") < page.index("USED-1")
    for shown in ("In the widget", "Ben Okafor", f'href="{HOLDERS}of/{ana.pk}/"'):
        assert shown in page


def test_a_friends_page_tells_which_code_they_used_and_whose_it_was(manager, pool, ana, ben):
    code = make_code("USED-1", pool=pool, participant=ana)
    use_code(code="USED-1", key="order-1", friend=ben, at=NOON)

    page = text_of(manager.get(f"/admin/programs/participant/{ben.pk}/change/?tab=codes"))

    used = page.split("Promo codes they used")[1]
    assert f'href="{CODES}{code.pk}/change/"' in used
    assert "Ana García" in used


def test_the_search_for_all_finds_promo_codes_and_no_claims(manager, pool, ana):
    code = make_code("ANA-PROMO", pool=pool, participant=ana)
    ReferralCode.objects.create(code="ANA-REF", program=pool.program, participant=ana)

    page = text_of(manager.get("/admin/search/", {"q": "ana-"}))

    promo = page.split("Promo codes")[1].split("</section>")[0]
    assert f"{CODES}{code.pk}/change/" in promo
    assert "Assigned · Ana García · Spring" in promo
    assert "ANA-REF" not in promo


def test_a_codes_history_is_beside_it(log_in, pool, ana):
    code = make_code("A-1", pool=pool, participant=ana)
    record(by=SYSTEM, action="promo_code.given", target=code, at=NOON)

    assert "Promo code given" in text_of(log_in(Role.FULL_ACCESS).get(f"{CODES}{code.pk}/change/"))


def test_everybody_reads_why_a_code_was_withdrawn(log_in, pool, ana):
    code = make_code("A-1", pool=pool, participant=ana)
    withdraw_code(code=code, reason="Posted on a forum", by=SYSTEM, at=NOON)

    assert "Posted on a forum" in text_of(log_in(Role.VIEWER).get(f"{CODES}{code.pk}/change/"))


def test_activity_tells_of_codes_given_withdrawn_and_used(manager, pool, ana, ben):
    for code in ("GOT-1", "GOT-2"):
        make_code(code, pool=pool, participant=ana)
    use_code(code="GOT-1", key="order-1", friend=ben, at=NOON + timedelta(hours=1))
    withdraw_code(code=PromoCode.objects.get(code="GOT-2"), reason="Why", by=SYSTEM, at=NOON + timedelta(hours=2))

    with counted_queries("programs.participant activity, with promo codes", most=18):
        of_ana = text_of(manager.get(f"/admin/programs/participant/{ana.pk}/change/?tab=activity"))
    of_ben = text_of(manager.get(f"/admin/programs/participant/{ben.pk}/change/?tab=activity"))

    order = ["Their promo code was withdrawn:", "A friend used their promo code", "Got promo codes:"]
    assert [of_ana.index(text) for text in order] == sorted(of_ana.index(text) for text in order)
    assert "GOT-1, GOT-2" in of_ana
    assert "Used the promo code" in of_ben

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.db import connection

from advocate.lib import clock
from api.models import ConversionSubmission
from api.operations import forget_payloads
from programs.models import Conversion, Referral
from rewards.attribution.conversions import work_off_conversion
from tests.api.calling import Api, basic
from tests.api.shops import FORM, ORDER, call, follow, problems, report, report_form, shop_with, work_off
from tests.factories import make_participant, make_rule
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)


@pytest.fixture
def ada(sharing_ada):
    return sharing_ada


@pytest.mark.parametrize("send", [report, report_form], ids=["JSON", "form"])
def test_an_order_is_queued_then_complete_with_its_action(shop, ada, send):
    queued = send(shop, CustomerId="cleo", CurrencyCode="USD", Amount="10.55")

    sid, uri = shop.key.account_sid, queued.body["QueuedUri"]
    assert queued.body == {"Status": "QUEUED", "QueuedUri": uri}
    assert uri.startswith(f"/Advertisers/{sid}/APISubmissions/A-")
    waiting = follow(shop, queued).body
    assert (waiting["Status"], waiting["CompletionDate"], waiting["ActionUri"]) == ("Queued", None, None)

    work_off()

    done = follow(shop, queued).body
    action_id = Conversion.objects.get().public_id
    assert {**done, "SubmissionDate": "", "CompletionDate": "", "Payload": ""} == {
        "BatchId": uri.rpartition("/")[2],
        "AccountId": sid,
        "SubmissionDate": "",
        "CampaignId": "47255",
        "ActionTrackerId": "7001",
        "MediaPartnerId": None,
        "EventCode": "",
        "OrderId": "1007",
        "Payload": "",
        "Type": "Conversion",
        "Status": "Complete",
        "CompletionDate": "",
        "ErrorType": None,
        "ErrorReason": None,
        "ActionId": action_id,
        "ActionUri": f"/Advertisers/{sid}/Actions/{action_id}",
        "Uri": uri,
    }
    assert json.loads(done["Payload"])["Amount"] == "10.55"
    action = shop.call("GET", done["ActionUri"], base="").body
    assert {name: action[name] for name in ("State", "OrderId", "EventDate", "Amount", "Currency", "CustomerId")} == {
        "State": "APPROVED",
        "OrderId": "1007",
        "EventDate": "2026-03-14T11:00:00+00:00",
        "Amount": "10.55",
        "Currency": "USD",
        "CustomerId": "cleo",
    }
    assert (action["Attribution"], action["AdvocateId"], action["CampaignName"]) == ("ATTRIBUTED", "ada", "Spring")


def test_an_order_costs_as_many_statements_as_are_committed(shop, ada):
    make_participant(account_id="cleo", user_id="cleo")
    make_rule(program=ada.referral_codes.get().program, trigger="CONVERSION")

    with counted_queries("api.order reported"):
        report(shop, CustomerId="cleo", CurrencyCode="USD", Amount="10.55")
    # On PostgreSQL it takes one more: the turn of the friend's account is a lock of its own there.
    with counted_queries(f"worker.order that refers and rewards, {connection.vendor}", most=42):
        work_off_conversion(conversion_id=Conversion.objects.get().pk, at=clock.now())


def test_an_order_sent_again_leads_to_the_first_submission(shop, ada):
    first, second = report(shop), report_form(shop, OrderPromoCode="OTHER")

    assert first.body == second.body
    assert (Conversion.objects.count(), Conversion.objects.get().promo_code) == (1, "ADA")
    assert ConversionSubmission.objects.count() == 1


def test_an_order_without_a_number_of_its_own_gets_one_each_time(shop, ada):
    for _ in range(2):
        report(shop, OrderId="IR_AN_64_TS")

    numbers = set(Conversion.objects.values_list("order_id", flat=True))
    assert len(numbers) == 2
    assert {len(number) for number in numbers} == {64}


def test_with_an_idempotency_key_it_is_one_order_even_so(shop, ada):
    answers = [
        call(shop, "POST", "Conversions", {**ORDER, "OrderId": "IR_AN_64_TS"}, Idempotency_Key="7") for _ in "12"
    ]

    assert answers[0].text == answers[1].text
    assert Conversion.objects.count() == 1
    other = call(shop, "POST", "Conversions", ORDER, Idempotency_Key="7")
    assert (other.status, other.body["Status"]) == (409, "ERROR")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2026-03-14T12:00:00+01:00", datetime(2026, 3, 14, 11, tzinfo=UTC)),
        ("2026-03-14T12:00:00-0500", datetime(2026, 3, 14, 17, tzinfo=UTC)),
        ("2026-03-14T12:00:00.25Z", datetime(2026, 3, 14, 12, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-03-14T12:00:00 01:00", datetime(2026, 3, 14, 11, tzinfo=UTC)),
    ],
    ids=["offset", "offset without colon", "Z", "a plus that nobody escaped"],
)
def test_the_orders_date_is_a_moment(shop, ada, sent, stored):
    report(shop, EventDate=sent)

    assert Conversion.objects.get().happened_at == stored


def test_now_is_when_the_order_comes_in(shop, ada):
    report(shop, EventDate="NOW")

    conversion = Conversion.objects.get()
    assert conversion.happened_at == conversion.received_at


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"Amount": "4.35", "CurrencyCode": "USD"}, (435, "USD", 2)),
        ({"Amount": 0.29, "CurrencyCode": "usd"}, (29, "USD", 2)),
        ({"Amount": 1055, "CurrencyCode": "JPY"}, (1055, "JPY", 0)),
        ({"Amount": "1.5", "CurrencyCode": "KWD"}, (1500, "KWD", 3)),
        ({"Amount": "10.556", "CurrencyCode": "USD"}, (1055, "USD", 2)),
        ({"Amount": "0", "CurrencyCode": "USD"}, (0, "USD", 2)),
        ({"OrderSubTotalPostDiscount": "7.00", "ItemSubTotal1": "9", "CurrencyCode": "USD"}, (700, "USD", 2)),
        (
            {
                "ItemPrice1": "2.50",
                "ItemQuantity1": "3",
                "ItemSubTotal2": "4.10",
                "ItemPrice3": "1",
                "CurrencyCode": "USD",
            },
            (1260, "USD", 2),
        ),
        ({"ItemSubTotal1": "9", "ItemPrice1": "5", "OrderDiscount": "1.50", "CurrencyCode": "USD"}, (750, "USD", 2)),
        ({"ItemSubTotal1": "1", "OrderDiscount": "1.50", "CurrencyCode": "USD"}, (0, "USD", 2)),
        ({"CurrencyCode": "USD"}, (None, "", None)),
        ({}, (None, "", None)),
    ],
    ids=str,
)
def test_an_amount_is_whole_numbers_of_the_currencys_smallest_fraction(shop, ada, fields, stored):
    assert report(shop, **fields).status == 200

    conversion = Conversion.objects.get()
    assert (conversion.amount, conversion.currency, conversion.exponent) == stored


def test_a_number_in_json_is_read_as_it_was_written(shop, ada):
    body = json.dumps({**ORDER, "CurrencyCode": "USD"})[:-1] + ', "Amount": 90071992547409.93}'

    call(shop, "POST", "Conversions", body)

    assert Conversion.objects.get().amount == 9007199254740993


WRONG = [
    ({"CampaignId": ""}, "CampaignId"),
    ({"CampaignId": "nothing"}, "CampaignId"),
    ({"EventDate": ""}, "EventDate"),
    ({"EventDate": "yesterday"}, "EventDate"),
    ({"EventDate": "2026-03-14"}, "EventDate"),
    ({"EventDate": "2026-03-14T12:00:00"}, "EventDate"),
    ({"EventDate": "2026-99-14T12:00:00Z"}, "EventDate"),
    ({"EventDate": "2999-03-14T12:00:00Z"}, "EventDate"),
    ({"EventDate": "0001-01-01T00:00:00+14:00"}, "EventDate"),
    ({"OrderId": ""}, "OrderId"),
    ({"OrderId": "x" * 256}, "OrderId"),
    ({"ActionTrackerId": ""}, "ActionTrackerId"),
    ({"OrderPromoCode": ""}, "OrderPromoCode"),
    ({"Amount": "1"}, "CurrencyCode"),
    ({"Amount": "1", "CurrencyCode": "XXX"}, "CurrencyCode"),
    ({"Amount": "1", "CurrencyCode": "DOLLAR"}, "CurrencyCode"),
    ({"Amount": "-1", "CurrencyCode": "USD"}, "Amount"),
    ({"Amount": "1,000", "CurrencyCode": "USD"}, "Amount"),
    ({"Amount": "1e3", "CurrencyCode": "USD"}, "Amount"),
    ({"Amount": "9" * 19, "CurrencyCode": "USD"}, "Amount"),
    ({"ItemPrice1": "9" * 15, "ItemQuantity1": "999999999", "CurrencyCode": "USD"}, "Amount"),
    ({"ItemPrice1": "1", "ItemQuantity1": "1.5", "CurrencyCode": "USD"}, "ItemQuantity1"),
    ({"ItemSubTotal1": "x", "CurrencyCode": "USD"}, "ItemSubTotal1"),
    ({"Text50": "x" * 65}, "Text50"),
    ({"Note": "x" * 256}, "Note"),
]


@pytest.mark.parametrize("send", [report, report_form], ids=["JSON", "form"])
@pytest.mark.parametrize(("fields", "named"), WRONG, ids=str)
def test_an_order_that_cannot_be_taken_is_refused_by_the_fields_name(shop, ada, send, fields, named):
    assert set(problems(send(shop, **fields))) == {named}
    assert not Conversion.objects.exists()


def test_every_wrong_field_is_named_at_once(shop, ada):
    told = problems(report(shop, CampaignId="nothing", EventDate="yesterday", Amount="1"))

    assert told.keys() == {"CampaignId", "EventDate", "CurrencyCode"}


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '"x"',
        '{"OrderId": {"a": 1}}',
        '{"OrderId": ["a"]}',
        '{"a": NaN}',
        '{"a": "1", "a": "2"}',
        '{"a": "\\u0000"}',
    ],
)
def test_json_that_is_no_flat_object_is_refused(shop, ada, body):
    assert call(shop, "POST", "Conversions", body).status == 400


@pytest.mark.parametrize("body", [b"OrderId=\xff", b"OrderId=%FF", b"OrderId=1&OrderId=2", b"OrderId=%00", b"&" * 2000])
def test_a_form_that_cannot_be_read_is_refused(shop, ada, body):
    assert call(shop, "POST", "Conversions", body, content_type=FORM).status == 400
    assert not Conversion.objects.exists()


def test_fields_that_nobody_looks_at_are_kept_as_they_were_sent(shop, ada):
    queued = report(shop, SubId1="x", Numeric1=5, Gift=True, Nothing=None)

    payload = json.loads(follow(shop, queued).body["Payload"])
    assert (payload["SubId1"], payload["Numeric1"], payload["Gift"], "Nothing" in payload) == ("x", "5", "true", False)


@pytest.mark.parametrize("key", ["CustomerId", "CustomerEmail", "PromoCode", "ClickId", "CustomProfileId"])
def test_one_field_that_says_whose_order_it_is_suffices(shop, ada, key):
    sent = {name: value for name, value in ORDER.items() if name != "OrderPromoCode"}

    assert call(shop, "POST", "Conversions", {**sent, key: "x"}).status == 200


def test_an_order_that_is_nobodys_is_complete_and_says_why(shop, ada):
    queued = report(shop, OrderPromoCode="NOBODYS")
    work_off()

    done = follow(shop, queued).body

    assert (done["Status"], done["ErrorType"]) == ("Complete", "NOT_ATTRIBUTED")
    assert done["ErrorReason"] == "UNKNOWN_CODE: Unknown code"
    assert done["ActionId"]


def test_what_was_sent_of_a_customer_is_forgotten_in_time(shop, ada):
    queued = report(shop, CustomerEmail="cleo@example.com")
    assert forget_payloads(at=clock.now()) == 0

    assert forget_payloads(at=clock.now() + timedelta(days=31)) == 1

    assert follow(shop, queued).body["Payload"] == ""


@pytest.mark.parametrize("accept", ["*/*", "application/xml", ""])
def test_a_form_is_answered_in_xml_unless_json_is_asked_for(shop, ada, accept):
    shop.headers["Accept"] = accept

    root = ElementTree.fromstring(report_form(shop).text)
    wrong = ElementTree.fromstring(report_form(shop, CampaignId="nothing").text)

    assert (root.tag, root.findtext("Status")) == ("ImpactRadiusResponse", "QUEUED")
    assert root.findtext("QueuedUri").startswith("/Advertisers/")
    assert (wrong.findtext("Status"), wrong.findtext("Errors/Error/Field")) == ("ERROR", "CampaignId")


def test_the_address_may_ask_for_json(shop, ada):
    shop.headers["Accept"] = "*/*"

    answer = call(shop, "POST", "Conversions.json", urlencode(ORDER), content_type=FORM)

    assert answer.body["Status"] == "QUEUED"
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "credentials",
    [
        None,
        lambda shop: (shop.key.account_sid, "wrong"),
        lambda shop: (Api.with_key("money").key.account_sid, shop.secret),
    ],
    ids=["none", "wrong secret", "another SID"],
)
def test_wrong_credentials_are_answered_401(shop, ada, credentials):
    shop.headers.pop("Authorization")
    if credentials:
        shop.headers["Authorization"] = basic(*credentials(shop))

    answer = report(shop)

    assert (answer.status, answer.body["Status"], answer.body["Errors"]) == (401, "ERROR", [])
    assert answer.body["Message"]
    assert not Conversion.objects.exists()


def test_good_credentials_open_no_other_account(shop, ada):
    answer = shop.call("POST", "/Advertisers/ADnobody/Conversions", ORDER, base="")

    assert (answer.status, answer.body["Status"]) == (401, "ERROR")


def test_a_key_that_may_only_read_reads_and_reports_nothing(ada):
    reader = shop_with("read")

    refused = report(reader)
    assert (refused.status, refused.body["Status"]) == (403, "ERROR")
    assert not Conversion.objects.exists()
    assert call(reader, "GET", "Actions/nothing").status == 404


@pytest.mark.parametrize("path", ["Conversions/x", "Nothing", "APISubmissions/A-x", "Actions/x"])
def test_what_there_is_not_is_answered_404(shop, path):
    answer = call(shop, "GET", path)

    assert (answer.status, answer.body["Status"]) == (404, "ERROR")


def test_other_methods_and_types_are_refused_in_the_same_form(shop, ada):
    assert (call(shop, "GET", "Conversions").status, call(shop, "PUT", "Conversions", ORDER).status) == (405, 405)
    plain = call(shop, "POST", "Conversions", "x", content_type="text/plain")
    assert (plain.status, plain.body["Status"]) == (415, "ERROR")


def test_a_name_of_any_alphabet_comes_back_in_either_format(shop, ada):
    queued = report(shop, OrderId="№ 7 <&>\x0b")
    shop.headers["Accept"] = "application/xml"

    root = ElementTree.fromstring(follow(shop, queued).text)

    assert root.findtext("OrderId") == "№ 7 <&>"


def test_a_referred_friends_purchase_is_a_conversion(shop, ada):
    cleo = make_participant(account_id="cleo", user_id="cleo")
    Referral.objects.create(program=ada.referral_codes.get().program, referrer=ada, referred=cleo)
    report(shop, CustomerId="cleo")
    work_off()

    assert Conversion.objects.get().friend == cleo
    assert Referral.objects.get().date_converted is not None

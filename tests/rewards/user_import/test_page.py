"""An import of users as its pages show it."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import confirm_import
from programs.models import Referral, Touch
from rewards.models import StagedUser
from team.models import Role, User
from tests.factories import make_participant, make_program, make_referral, make_referral_code
from tests.rewards.user_import.files import ANN, AT_ONCE, applied, checked, counts, run, upload, user

pytestmark = pytest.mark.django_db


def page(client, job: Job) -> str:
    return client.get(reverse("admin:jobs_job_detail", args=[job.public_id])).content.decode()


def test_the_preview_tells_who_is_new_and_who_would_come_through_whom(client, admin):
    client.force_login(admin)
    program = make_program(key="shop")
    ana = make_participant(account_id="ana", user_id="ana", first_name="Ana", last_name="García")
    make_referral_code(code="ANA", program=program, participant=ana)

    job = checked(
        "accountId,id,firstName,referable,referralCodes.shop,referredByCodes,mystery",
        "ana,ana,Anna,,,ANA,",
        "u1,u1,Bo,,HERS,ana,",
        "u2,u2,Cy,,,HERS,",
        "u3,u3,Di,false,,ANA,",
        "u4,u4,Ed,,,LATER,",
        "u5,u5,Flo,,LATER,nobody,",
    )

    shown = page(client, job)
    assert job.totals == {"new": 5, "changed": 1, "referred": 2}
    assert "New friends would come through: Ana García (1), u1 (1)." in shown
    assert "(LATER, nobody)" in shown
    assert "nothing is read from them: mystery." in shown


def test_of_a_refused_row_the_preview_says_nothing_of_somebody_new(client, admin):
    client.force_login(admin)
    make_participant(account_id="ana", user_id="ana")
    job = checked("accountId,id,email", "ana,ana,nonsense", "u1,u1,nonsense", "u2,u2,u2@example.com")

    shown = client.get(reverse("admin:jobs_job_detail", args=[job.public_id]), {"rows": "all"}).content.decode()

    assert job.rows_refused == 2
    assert re.findall(r'data-label="Participant">(.*?)</td>', shown) == ["Known", "", "New"]


def test_an_import_that_was_not_previewed_tells_afterwards_who_was_known(client, admin):
    client.force_login(admin)
    ana = make_participant(account_id="ana", user_id="ana")
    refused = make_participant(account_id="bo", user_id="bo")
    make_referral_code(code="TAKEN", program=make_program(key="shop"))
    lines = ("ana,ana,Anna,", "u1,u1,Una,", "bo,bo,Bob,TAKEN")

    job = run(upload("\n".join(("accountId,id,firstName,referralCodes.shop", *lines)), choices=AT_ONCE))

    assert counts(job) == (3, 2, 0, 1)
    shown = client.get(reverse("admin:jobs_job_detail", args=[job.public_id]), {"rows": "all"}).content.decode()
    assert re.findall(r'data-label="Participant">(.*?)</td>', shown) == ["Known", "New", "Known"]
    noted = StagedUser.objects.filter(job=job).order_by("row_no").values_list("participant", flat=True)
    assert list(noted) == [ana.pk, None, refused.pk]


def test_a_file_that_comes_again_is_previewed_like_any_other(client, admin):
    lines = "accountId,id,firstName\nu1,u1,Una\nu2,u2,Ulf"
    run(upload(lines, choices=AT_ONCE))

    again = run(upload(lines, choices=AT_ONCE))

    assert (again.status, counts(again), again.totals.get("new")) == ("waiting", (2, 0, 2, 0), 0)


def test_somebody_who_came_after_the_preview_is_known_in_the_end(client, admin):
    client.force_login(admin)
    job = checked("accountId,id", "u1,u1", "u2,u2")
    make_participant(account_id="u2", user_id="u2")

    confirm_import(job=job, by=ANN, at=clock.now())
    run(job)

    rows = StagedUser.objects.filter(job=job).order_by("row_no")
    assert [row.shown_effect for row in rows] == ["New", "Known"]


@pytest.mark.parametrize(("role", "is_offered"), [(Role.PROGRAM_MANAGER, True), (Role.SUPPORT, False)])
def test_the_list_of_participants_offers_the_import_to_who_may_start_it(client, role, is_offered):
    client.force_login(User.objects.create_user("mo@example.com", "a long password", role=role))
    make_participant()

    shown = client.get(reverse("admin:programs_participant_changelist")).content.decode()

    assert ("Import Users" in shown) is is_offered
    assert ("/jobs/job/import/?type=users" in shown) is is_offered


def test_the_import_page_explains_the_type_and_asks_for_segments(client, admin):
    client.force_login(admin)

    shown = client.get(reverse("admin:jobs_job_import"), {"type": "users"}).content.decode()

    assert 'name="users-add_segment"' in shown
    assert 'name="users-remove_segment"' in shown


def test_a_segment_with_a_comma_is_refused_by_the_form(client, admin, tmp_path):
    client.force_login(admin)

    answer = client.post(
        reverse("admin:jobs_job_import"), {"type": "users", "form_token": "t", "users-add_segment": "a,b"}
    )

    assert "A segment has no comma" in answer.content.decode()
    assert not Job.objects.exists()


@pytest.fixture
def imported(client, admin) -> Job:
    """Return an import by which Ana referred Bo and Cy, and nobody Di, whose page the admin looks at."""
    client.force_login(admin)
    ana = make_participant(account_id="ana", user_id="ana", first_name="Ana", last_name="García")
    make_referral_code(code="ANA", program=make_program(key="shop"), participant=ana)
    return applied(
        "accountId,id,firstName,referredByCodes", "u1,u1,Bo,ANA", "u2,u2,Cy,ana", "u3,u3,Di,NOBODYS", "u4,u4,Ed,"
    )


def test_an_import_leads_to_the_referrals_that_it_made(client, imported):
    make_referral(referred=make_participant(first_name="Other"))
    feed = f"{reverse('admin:programs_referral_changelist')}?import={imported.public_id}"

    shown = page(client, imported)
    listed = client.get(feed).context["cl"]

    assert "2 users came through an advocate." in shown
    assert f'href="{feed}"' in shown
    assert {referral.referred.user_id for referral in listed.result_list} == {"u1", "u2"}
    assert client.get(feed.replace("import=", "import=x")).status_code == 200


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (2, "is a code of"),
        (4, "There was no code and no share link"),
        (5, "The row names no code that the user came with."),
    ],
)
def test_a_row_tells_what_came_of_its_codes_and_leads_to_its_user_and_referral(client, imported, row, told):
    participant = user(f"u{row - 1}")
    referral = Referral.objects.filter(referred=participant).first()

    shown = client.get(reverse("admin:jobs_job_detail", args=[imported.public_id]), {"row": row}).content.decode()

    assert told in shown
    assert reverse("admin:programs_participant_change", args=[participant.pk]) in shown
    assert ("Show the referral<" in shown) is (referral is not None)
    assert referral is None or reverse("admin:programs_referral_change", args=[referral.pk]) in shown


@pytest.mark.parametrize("row", ["99", "x", "9" * 20, "-1", ""])
def test_a_row_that_is_not_there_tells_nothing(client, imported, row):
    answer = client.get(reverse("admin:jobs_job_detail", args=[imported.public_id]), {"row": row})

    assert answer.status_code == 200
    assert 'id="row"' not in answer.content.decode()


def test_before_an_import_is_applied_a_row_says_that_nothing_has_come_of_it(client, admin):
    client.force_login(admin)
    job = checked("accountId,id,firstName,referredByCodes", "u1,u1,Bo,ANA")

    shown = client.get(reverse("admin:jobs_job_detail", args=[job.public_id]), {"row": 2}).content.decode()

    assert "What comes of its codes is known once the import is applied." in shown
    assert "Show the referrals of this import" not in shown


def test_a_referral_names_the_import_and_the_row_that_made_it(client, imported):
    referral = Referral.objects.get(referred=user("u2"))

    shown = client.get(reverse("admin:programs_referral_change", args=[referral.pk])).content.decode()

    url = reverse("admin:jobs_job_detail", args=[imported.public_id])
    assert f'It came with row 3 of the import <a href="{url}?row=3#row">users.csv</a>, ' in shown
    assert set(Touch.objects.values_list("job", "row_number")) == {(imported.pk, 2), (imported.pk, 3), (imported.pk, 4)}

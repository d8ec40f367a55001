"""An import of users as its pages show it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from jobs.models import Job
from team.models import Role, User
from tests.factories import make_participant, make_program, make_referral_code
from tests.rewards.user_import.files import checked

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

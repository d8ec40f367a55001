"""The examples of the guides of the API, run as they stand there."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from django.conf import settings as project

from api.models import ConversionSubmission
from programs.models import Conversion, Participant, ParticipantEvent, Referral
from rewards.models import RewardEntry
from tests.api.calling import BASE, Api
from tests.factories import make_program, make_unit

GUIDES = [(project.BASE_DIR / "docs" / name).read_text(encoding="utf-8") for name in ("api.md", "conversions.md")]
EXAMPLES = [example for guide in GUIDES for example in re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_guide_do_what_it_says(live_server, monkeypatch, tmp_path):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)
    make_program(key="47255")
    make_unit("POINT")
    shop = Api.with_key("money")
    environment = {
        "KEY": shop.secret,
        "SID": shop.key.account_sid,
        "HOST": live_server.url,
        "BASE": f"{live_server.url}{BASE.rstrip('/')}",
        "PATH": "/usr/bin:/bin",
    }
    script = tmp_path / "examples.sh"
    script.write_text("set -e\n" + "\n".join(EXAMPLES), encoding="utf-8")

    done = subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert '{"creditRedeemed":200,"creditAvailable":300,"unit":"POINT"}' in done.stdout
    assert '"fileRef":"imports/default/' in done.stdout
    assert Participant.objects.get(account_id="acme").segments == ["vip"]
    assert Referral.objects.get().code_used == "ADABYRON"
    assert RewardEntry.objects.get().amount == 200
    assert ParticipantEvent.objects.get().fields["order_id"] == "1007"
    assert (Conversion.objects.get().order_id, Conversion.objects.get().amount) == ("2001", 4990)
    assert ConversionSubmission.objects.count() == 2


def test_the_guide_has_examples():
    assert len(EXAMPLES) == 8

"""The examples of docs/api.md, run as they stand there."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from django.conf import settings as project

from programs.models import Participant, ParticipantEvent
from rewards.models import RewardEntry
from tests.api.calling import BASE, Api
from tests.factories import make_program, make_unit

GUIDE = (project.BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_guide_do_what_it_says(live_server, monkeypatch, tmp_path):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)
    make_program(key="47255")
    make_unit("POINT")
    environment = {
        "KEY": Api.with_key("money").secret,
        "BASE": f"{live_server.url}{BASE.rstrip('/')}",
        "PATH": "/usr/bin:/bin",
    }
    script = tmp_path / "examples.sh"
    script.write_text("set -e\n" + "\n".join(EXAMPLES), encoding="utf-8")

    done = subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert '{"creditRedeemed":200,"creditAvailable":300,"unit":"POINT"}' in done.stdout
    assert '"fileRef":"imports/default/' in done.stdout
    assert Participant.objects.get().segments == ["vip"]
    assert RewardEntry.objects.get().amount == 200
    assert ParticipantEvent.objects.get().fields["order_id"] == "1007"


def test_the_guide_has_examples():
    assert len(EXAMPLES) == 5

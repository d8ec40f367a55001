from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

KEPT = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
STARTS = {
    "manage.py": ["manage.py", "check"],
    "celery": ["-m", "celery", "-A", "advocate", "inspect", "ping", "--timeout", "1"],
    "granian": ["-m", "granian", "--interface", "wsgi", "--port", "0", "advocate.wsgi:application"],
}
WRONG = {
    "DATABASE_URL": ("mysql://a:hunter2@b/c", "DATABASE_URL must begin with sqlite:/// or postgres://."),
    "REDIS_URL": ("http://h", "REDIS_URL must begin with redis:// or rediss://."),
    "STORAGE_URL": ("ftp://h", "STORAGE_URL must begin with file:/// or s3://."),
    "BASE_URL": (
        "advocate.example.com",
        "BASE_URL must be like https://advocate.example.com, not 'advocate.example.com'.",
    ),
    "TIME_ZONE": ("Mars", "TIME_ZONE must be a name such as Europe/Berlin or Asia/Shanghai, not 'Mars'."),
    "PORT": ("x", "PORT must be a whole number, not 'x'."),
    "DEBUG": ("maybe", "DEBUG must be true or false, not 'maybe'."),
    "LANGUAGE_CODE": ("fr", "LANGUAGE_CODE must be one of en, zh-hans, not 'fr'."),
    "LOG_LEVEL": ("loud", "LOG_LEVEL must be one of DEBUG, ERROR, INFO, WARNING, not 'loud'."),
    "SECRET_KEY_FILE": ("/nowhere", "SECRET_KEY_FILE: /nowhere cannot be read (No such file or directory)."),
    "ALLOWED_HOSTS": (
        "https://advocate.example.com",
        "ALLOWED_HOSTS must be host names without https:// and path, not 'https://advocate.example.com'.",
    ),
}


def run(words, tmp_path, **environment):
    return subprocess.run(
        [sys.executable, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**KEPT, "VAR_DIR": str(tmp_path / "var"), **environment},
    )


def read_settings(tmp_path, *names, **environment):
    code = (
        "import json; from advocate import settings; "
        f"print(json.dumps([getattr(settings, name, None) for name in {names!r}], default=str))"
    )
    answer = run(["-c", code], tmp_path, **environment)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_stops_the_start_with_one_sentence(tmp_path, name):
    value, sentence = WRONG[name]

    answer = run(STARTS["manage.py"], tmp_path, **{name: value})

    assert answer.returncode == 1
    assert answer.stderr == f"{sentence}\n"


@pytest.mark.parametrize("program", ["celery", "granian"])
def test_whichever_program_starts_a_wrong_setting_stops_it_without_a_traceback(tmp_path, program):
    answer = run(STARTS[program], tmp_path, TIME_ZONE="Mars")

    said = answer.stdout + answer.stderr
    assert answer.returncode == 1
    assert said.count(WRONG["TIME_ZONE"][1]) == 1
    assert "Traceback" not in said


def test_without_any_setting_everything_stays_in_one_folder(tmp_path):
    database, *paths = read_settings(tmp_path, "DATABASES", "FILES_DIR", "STATIC_ROOT", "BROKER_DIR")

    names = ("advocate.sqlite3", "files", "static", "broker")
    assert [database["default"]["NAME"], *paths] == [str(tmp_path / "var" / name) for name in names]


def test_the_local_secret_key_is_kept_between_starts_and_private(tmp_path):
    first = read_settings(tmp_path, "SECRET_KEY")
    second = read_settings(tmp_path, "SECRET_KEY")

    assert first == second
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_share_one_secret_key(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(lambda _: read_settings(tmp_path, "SECRET_KEY")[0], range(4)))

    assert len(set(keys)) == 1
    assert len(keys[0]) > 60
    assert [path.name for path in (tmp_path / "var").iterdir() if path.name.startswith("tmp")] == []


def test_postgresql_gets_limits_beside_the_options_of_its_address(tmp_path):
    (databases,) = read_settings(
        tmp_path,
        "DATABASES",
        DATABASE_URL="postgres://h/db?options=-c%20jit%3Doff&sslmode=require",
        DATABASE_STATEMENT_TIMEOUT="7",
        DATABASE_IDLE_TIMEOUT="9",
    )

    assert databases["default"]["OPTIONS"] == {
        "connect_timeout": 5,
        "sslmode": "require",
        "options": "-c statement_timeout=7s -c idle_in_transaction_session_timeout=9s -c jit=off",
    }
    assert databases["default"]["CONN_HEALTH_CHECKS"] is True


def test_a_port_moves_the_address_in_mails_too(tmp_path):
    assert read_settings(tmp_path, "BASE_URL", PORT="8123") == ["http://127.0.0.1:8123"]


def test_https_turns_on_what_needs_it(tmp_path):
    names = (
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "ALLOWED_HOSTS",
    )

    found = read_settings(tmp_path, *names, BASE_URL="https://advocate.example.com")

    assert found == [True, True, True, 31_536_000, ["advocate.example.com", "127.0.0.1", "localhost", "[::1]"]]


def test_sqlite_has_one_web_process_and_postgresql_two(tmp_path):
    assert read_settings(tmp_path, "WEB_WORKERS") == [1]
    assert read_settings(tmp_path, "WEB_WORKERS", DATABASE_URL="postgres://h/db") == [2]

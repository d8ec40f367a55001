from __future__ import annotations

import pytest

from advocate.lib.env import Env, WrongSetting


def test_a_blank_setting_has_its_default():
    env = Env({"NAME": "  "})

    assert env.text("NAME", "there") == "there"


def test_a_secret_comes_from_the_file_that_is_named(tmp_path):
    (tmp_path / "key").write_text("s3cret\n", encoding="utf-8")

    assert Env({"KEY_FILE": str(tmp_path / "key")}).secret("KEY") == "s3cret"


def test_a_secret_file_wins_over_a_plain_secret(tmp_path):
    (tmp_path / "key").write_text("from the file", encoding="utf-8")

    assert Env({"KEY": "plain", "KEY_FILE": str(tmp_path / "key")}).secret("KEY") == "from the file"


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda env: env.flag("X", default=True), "maybe", "X must be true or false, not 'maybe'."),
        (lambda env: env.integer("X", 1), "1.5", "X must be a whole number, not '1.5'."),
        (lambda env: env.integer("X", 1, minimum=1, maximum=9), "10", "X must be from 1 to 9, not 10."),
        (lambda env: env.choice("X", "a", among=frozenset("ab")), "c", "X must be one of a, b, not 'c'."),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_sentence(read, value, sentence):
    with pytest.raises(WrongSetting) as refusal:
        read(Env({"X": value}))

    assert refusal.value.code == sentence


def test_a_secret_file_that_is_missing_stops_the_start_with_a_sentence(tmp_path):
    with pytest.raises(WrongSetting) as refusal:
        Env({"KEY_FILE": "/nowhere/key"}).secret("KEY")

    assert refusal.value.code == "KEY_FILE: /nowhere/key cannot be read (No such file or directory)."


def test_values_between_commas_lose_their_spaces_and_blanks():
    assert Env({"X": " a, ,b ,"}).items("X") == ["a", "b"]


@pytest.mark.parametrize(("raw", "meant"), [("1", True), ("Yes", True), ("off", False), ("FALSE", False)])
def test_truth_has_several_words(raw, meant):
    assert Env({"X": raw}).flag("X", default=not meant) is meant

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TRUE: Final = frozenset({"1", "true", "yes", "on"})
FALSE: Final = frozenset({"0", "false", "no", "off"})


class WrongSetting(SystemExit):
    """
    A setting that stops the start, whoever reads it first.

    Being a ``SystemExit`` it ends manage.py, Celery and the web server alike with its sentence instead of a traceback.
    """


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as the documentation lists it."""

    name: str
    default: str
    secret: bool


class Env:
    """
    Typed readers of the environment that stop the start with a sentence when a value is wrong.

    Every setting that is read is remembered in ``declared``, so that a test can prove the documentation complete.
    A secret may also come from a file: ``NAME_FILE`` names it.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self.environ: Mapping[str, str] = os.environ if environ is None else environ
        self.declared: dict[str, Setting] = {}

    def text(self, name: str, default: str = "") -> str:
        """Return the setting as text, stripped."""
        return self._read(name, default, secret=False)

    def secret(self, name: str, default: str = "") -> str:
        """
        Return a secret from ``NAME`` or from the file that ``NAME_FILE`` names.

        :raises WrongSetting: if the file cannot be read
        """
        path = self.environ.get(f"{name}_FILE", "").strip()
        if not path:
            return self._read(name, default, secret=True)
        self._declare(name, default, secret=True)
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise WrongSetting(f"{name}_FILE: {path} cannot be read ({error.strerror}).") from error

    def flag(self, name: str, *, default: bool) -> bool:
        """
        Return the setting as a truth value.

        :raises WrongSetting: if it is none of true, false, yes, no, on, off, 1, 0
        """
        raw = self._read(name, str(default).lower(), secret=False).lower()
        if raw not in TRUE | FALSE:
            raise WrongSetting(f"{name} must be true or false, not {raw!r}.")
        return raw in TRUE

    def integer(self, name: str, default: int, *, minimum: int = 0, maximum: int = 2**53) -> int:
        """
        Return the setting as a whole number between ``minimum`` and ``maximum``.

        :raises WrongSetting: if it is not one
        """
        raw = self._read(name, str(default), secret=False)
        try:
            value = int(raw)
        except ValueError:
            raise WrongSetting(f"{name} must be a whole number, not {raw!r}.") from None
        if not minimum <= value <= maximum:
            raise WrongSetting(f"{name} must be from {minimum} to {maximum}, not {value}.")
        return value

    def items(self, name: str, default: str = "") -> list[str]:
        """Return the setting's comma-separated values."""
        raw = self._read(name, default, secret=False)
        return [item.strip() for item in raw.split(",") if item.strip()]

    def choice(self, name: str, default: str, *, among: frozenset[str]) -> str:
        """
        Return the setting if it is one of ``among``.

        :raises WrongSetting: if it is not
        """
        value = self._read(name, default, secret=False)
        if value not in among:
            raise WrongSetting(f"{name} must be one of {', '.join(sorted(among))}, not {value!r}.")
        return value

    def _read(self, name: str, default: str, *, secret: bool) -> str:
        self._declare(name, default, secret=secret)
        return self.environ.get(name, "").strip() or default

    def _declare(self, name: str, default: str, *, secret: bool) -> None:
        self.declared[name] = Setting(name=name, default=default, secret=secret)

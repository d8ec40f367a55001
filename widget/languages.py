"""The two languages of what participants see, and which one a locale means."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """A language that component texts are kept in; the value is its key in a component's ``texts``."""

    ENGLISH = "en"
    CHINESE = "zh"

    @property
    def django_code(self) -> str:
        """Return what Django calls the language."""
        return "zh-hans" if self is Language.CHINESE else "en"

    @property
    def tag(self) -> str:
        """Return what a document's ``lang`` says."""
        return "zh-Hans" if self is Language.CHINESE else "en"


def language_of(*locales: str | None) -> Language:
    """Return the language of the first locale that names one, such as ``zh_CN``; English where none is Chinese."""
    named = next((locale for locale in locales if locale), "")
    return Language.CHINESE if named.lower().replace("-", "_").split("_")[0] == "zh" else Language.ENGLISH

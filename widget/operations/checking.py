"""What admins may write and set for a component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from widget.components import Component, Setting, SettingKind, Text
from widget.languages import Language
from widget.operations.errors import InvalidComponent

LONGEST_TEXT: Final = 300
LONGEST_LONG_TEXT: Final = 5000
LONGEST_ADDRESS: Final = 2000
_is_https = URLValidator(schemes=["https"])


def text_field(text: Text, language: str) -> str:
    """Return the name of a text's field in a form."""
    return f"{text.name}_{language}"


def longest(text: Text) -> int:
    """Return how many characters a text may have."""
    return LONGEST_LONG_TEXT if text.is_long else LONGEST_TEXT


def checked_texts(component: Component, texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """
    Return what is kept of a component's texts: those that say something else than the component by itself.

    :raises InvalidComponent: if a text is too long or holds what no page can show
    """
    return {
        language.value: {
            text.name: own
            for text in component.texts
            if (own := _checked_text(text, language, texts.get(language.value) or {})) != text.default(language)
        }
        for language in Language
    }


def checked_settings(component: Component, settings: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what is kept of a component's settings: those that differ from their defaults.

    :raises InvalidComponent: if a setting is not one
    """
    values = {setting.name: _checked_setting(setting, settings) for setting in component.settings}
    return {
        setting.name: values[setting.name] for setting in component.settings if values[setting.name] != setting.default
    }


def _checked_text(text: Text, language: Language, texts: Mapping[str, str]) -> str:
    own = texts.get(text.name, text.default(language)).replace("\r\n", "\n").strip()
    field = text_field(text, language.value)
    if len(own) > longest(text):
        reason = _("Use at most %(limit)s characters.") % {"limit": longest(text)}
        raise InvalidComponent(field=field, label=text.label, reason=reason)
    if "\x00" in own:
        reason = _("It contains a NUL character. Remove it and try again.")
        raise InvalidComponent(field=field, label=text.label, reason=reason)
    return own


def _checked_setting(setting: Setting, settings: Mapping[str, Any]) -> str | bool:
    value = settings.get(setting.name, setting.default)
    if setting.kind is SettingKind.FLAG:
        return bool(value)
    value = str(value).strip()
    if setting.kind is SettingKind.CHOICE and value not in {choice.value for choice in setting.choices}:
        raise _invalid(setting, _("Choose one of the values."))
    if setting.kind is SettingKind.URL and value:
        _check_address(setting, value)
    return value


def _check_address(setting: Setting, value: str) -> None:
    try:
        _is_https(value)
    except ValidationError:
        raise _invalid(setting, _("Write an address that begins with https://.")) from None
    if len(value) > LONGEST_ADDRESS:
        raise _invalid(setting, _("Use at most %(limit)s characters.") % {"limit": LONGEST_ADDRESS})


def _invalid(setting: Setting, reason: str) -> InvalidComponent:
    return InvalidComponent(field=setting.name, label=setting.label, reason=reason)

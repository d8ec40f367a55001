from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs.forms import SeenForm, program_label
from programs.models import Program
from programs.queries import programs_in_order
from widget.components import COMPONENT_OF, Component, Setting, SettingKind, Text
from widget.languages import Language
from widget.models import Display
from widget.operations import ComponentGone, DisplaySettings, NewDisplay, UnknownComponentType
from widget.operations.checking import longest, text_field
from widget.queries import displays_to_copy
from widget.stored import StoredComponent

LANGUAGE_NAMES = {Language.ENGLISH: gettext_lazy("English"), Language.CHINESE: gettext_lazy("Chinese")}
LONGEST_CONSENT = 2000


class RevisionForm(forms.Form):
    """Nothing to fill in: the question names the draft that the person has seen."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


if TYPE_CHECKING:  # Django's own class takes no argument when the program runs
    _DisplayChoice = forms.ModelChoiceField[Display]
    _ProgramChoice = forms.ModelChoiceField[Program]
else:
    _DisplayChoice = _ProgramChoice = forms.ModelChoiceField


class NoQuestions(forms.Form):
    """Nothing to fill in: the button is the answer."""


class CopyField(_DisplayChoice):
    """One of the widgets and microsites that there are, by program."""

    def label_from_instance(self, obj: Display) -> str:
        """Return what it is called, and whose it is."""
        return f"{obj.program.name} · {obj.shown_name}"


class ProgramField(_ProgramChoice):
    """One of the programs, with its status unless people can use it."""

    def label_from_instance(self, obj: Program) -> str:
        """Return what it is called."""
        return program_label(obj)


class NewDisplayForm(forms.Form):
    """What a further widget or microsite needs: of a microsite, the key is its address."""

    program = ProgramField(label=gettext_lazy("Program"), queryset=programs_in_order(), empty_label=None)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, help_text=gettext_lazy("For your team."))
    key = forms.CharField(label=gettext_lazy("Key"), max_length=64)
    copy_of = CopyField(
        label=gettext_lazy("Start with"),
        queryset=displays_to_copy(),
        required=False,
        empty_label=gettext_lazy("The usual components"),
        help_text=gettext_lazy("Or with the components and colours of another one's draft."),
    )

    def __init__(self, data: QueryDict | None, *, kind: str) -> None:
        super().__init__(data)
        self.kind = kind
        if kind == Display.Kind.MICROSITE:
            self.fields["slug"] = self.fields.pop("key")
            self.fields["slug"].label = gettext_lazy("Address")
            self.fields["slug"].help_text = gettext_lazy("The last part of the address, such as summer in /m/summer/.")
            self.order_fields(["program", "name", "slug", "copy_of"])
        else:
            self.fields["key"].help_text = gettext_lazy(
                "Pages ask for the widget by it, as p/PROGRAM-ID/w/KEY. It cannot be changed later."
            )

    def new_display(self) -> NewDisplay:
        """Return what the form says."""
        said = self.cleaned_data
        key = said["slug"] if self.kind == Display.Kind.MICROSITE else said["key"]
        return NewDisplay(kind=self.kind, name=said["name"], key=key, copy_of=said["copy_of"])


class ComponentForm(forms.Form):
    """The texts of a component in both languages, and its settings."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, component: Component, part: StoredComponent, seen: int) -> None:
        super().__init__(data, initial={"seen": seen}, auto_id="part_%s")
        self.component = component
        shown = {language: component.placed(part.stored(), language=language) for language in Language}
        for text in component.texts:
            for language in Language:
                name = text_field(text, language.value)
                self.fields[name] = _text_field(text, language, shown[language].texts[text.name])
        for setting in component.settings:
            self.fields[setting.name] = _setting_field(setting, shown[Language.ENGLISH].settings[setting.name])

    def texts(self) -> dict[str, dict[str, str]]:
        """Return what was written, by language."""
        return {
            language.value: {
                text.name: self.cleaned_data[text_field(text, language.value)] for text in self.component.texts
            }
            for language in Language
        }

    def settings(self) -> dict[str, Any]:
        """Return what was chosen."""
        return {setting.name: self.cleaned_data[setting.name] for setting in self.component.settings}

    def part(self, before: StoredComponent) -> StoredComponent:
        """Return the component as it would be saved, for a preview."""
        return StoredComponent(id=before.id, type=before.type, texts=self.texts(), settings=self.settings())


def part_form(data: QueryDict | None, part: StoredComponent | None, *, seen: int) -> ComponentForm:
    """
    Return the form of a component.

    :raises ComponentGone: if there is none
    :raises UnknownComponentType: if there is no such component any more
    """
    if part is None:
        raise ComponentGone
    if part.type not in COMPONENT_OF:
        raise UnknownComponentType
    return ComponentForm(data, component=COMPONENT_OF[part.type], part=part, seen=seen)


def _text_field(text: Text, language: Language, shown: str) -> forms.CharField:
    rows = {"rows": 3} if text.is_long else {}
    hint = {"placeholder": text.hint} if text.hint else {}
    attrs = {**rows, **hint, "lang": language.tag}
    widget = forms.Textarea(attrs=attrs) if text.is_long else forms.TextInput(attrs=attrs)
    label = _("%(text)s (%(language)s)") % {"text": text.label, "language": LANGUAGE_NAMES[language]}
    return forms.CharField(label=label, initial=shown, required=False, max_length=longest(text), widget=widget)


def _setting_field(setting: Setting, shown: str | bool) -> forms.Field:
    known: dict[str, Any] = {"label": setting.label, "initial": shown, "help_text": setting.help}
    if setting.kind is SettingKind.FLAG:
        return forms.BooleanField(**known, required=False)
    if setting.kind is SettingKind.CHOICE:
        return forms.ChoiceField(**known, choices=[(choice.value, choice.label) for choice in setting.choices])
    return forms.CharField(**known, required=False, widget=forms.URLInput)


class DisplayForm(SeenForm):
    """The settings of a widget or microsite; a widget has no address of its own."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, help_text=gettext_lazy("For your team."))
    colour_mode = forms.ChoiceField(
        label=gettext_lazy("Colours"), choices=Display.ColourMode.choices, widget=forms.RadioSelect
    )
    slug = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=64,
        help_text=gettext_lazy("The last part of the microsite's address. Links to the former address stop working."),
    )
    takes_newcomers = forms.BooleanField(
        label=gettext_lazy("New advocates may register"),
        required=False,
        help_text=gettext_lazy("Otherwise only those who are participants already can come in."),
    )
    consent_en = forms.CharField(
        label=gettext_lazy("What new advocates agree to (English)"),
        max_length=LONGEST_CONSENT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "en"}),
    )
    consent_zh = forms.CharField(
        label=gettext_lazy("What new advocates agree to (Chinese)"),
        max_length=LONGEST_CONSENT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "zh-Hans"}),
        help_text=gettext_lazy("Empty: a sentence that names your company."),
    )

    def __init__(self, data: QueryDict | None, *, display: Display) -> None:
        values = {name: getattr(display, name) for name in ("colour_mode", "slug", "takes_newcomers")}
        consent = {f"consent_{language.value}": display.consent.get(language.value, "") for language in Language}
        seen = display.updated_at.isoformat()
        super().__init__(data, initial={"name": display.shown_name, **values, **consent, "seen": seen})
        self.fields["colour_mode"].choices = display.colour_modes  # type: ignore[attr-defined]  # a ChoiceField
        self._names = {display.shown_name: display.name}  # what was left as shown stays as it is kept
        if not display.is_microsite:
            for name in ("slug", "takes_newcomers", "consent_en", "consent_zh"):
                del self.fields[name]

    def settings(self) -> DisplaySettings:
        """Return what the form says."""
        said = self.cleaned_data
        consent = {language.value: said.get(f"consent_{language.value}", "").strip() for language in Language}
        return DisplaySettings(
            name=self._names.get(said["name"], said["name"]),
            colour_mode=said["colour_mode"],
            slug=said.get("slug", ""),
            takes_newcomers=said.get("takes_newcomers", False),
            consent={language: text for language, text in consent.items() if text},
        )


class OriginsForm(forms.Form):
    """The sites that may show a program's widgets, one on each line."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    origins = forms.CharField(
        label=gettext_lazy("Sites"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One on each line, such as https://shop.example.com. No other site can show the widgets."
        ),
    )

    def __init__(self, data: QueryDict | None, *, origins: list[str]) -> None:
        super().__init__(data, initial={"origins": "\n".join(origins), "seen": " ".join(origins)})

    def wanted(self) -> list[str]:
        """Return the sites that were written."""
        return str(self.cleaned_data["origins"]).split()

    def seen_origins(self) -> list[str]:
        """Return the sites that the person saw before."""
        return str(self.cleaned_data["seen"]).split()

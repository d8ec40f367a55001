"""Program Rules → Reward rules: each rule's page, the forms that add and change it, and how its e-mails look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import Action, DetailHeader, Fact, ThemedModelAdmin, badge, instant, person
from advocate.lib.admin.parts import Text
from advocate.lib.clock import now
from outbox.emails import UnusableAddress
from outbox.models import Email
from outbox.preview import preview
from programs.admin.form_layout import laid_out
from programs.admin.form_pages import FormPage, actor_of, form_data, form_page
from programs.models import Program
from rewards.models import RewardRule
from rewards.rule_forms import EditRuleForm, RuleForm, SwitchRuleForm, texts_initial
from rewards.rule_panels import rule_badge, rules_url
from rewards.rules import MailText, RuleDefinition, add_rule, change_rule, switch_rule
from rewards.rules.definitions import texts_of
from rewards.rules.drafts import first_texts, sample_message
from rewards.rules.mail_tags import TAGS
from rewards.rules.words import rule_sentence

LAYOUT = "rewards/rule_form.html"
PREVIEW = "preview-"


@admin.register(RewardRule)
class RewardRuleAdmin(ThemedModelAdmin[RewardRule]):
    """All rules of all programs, and each one's pages."""

    page_title = gettext_lazy("Reward rules")
    page_lead = gettext_lazy("What your programs give by themselves. Add a rule on its program's page.")
    list_display = ("title", "sentence", "state", "created")
    list_display_links = ("title",)
    list_select_related = ("program", "unit", "catalog_reward")
    list_filter = ("program", "is_on", "trigger")
    ordering = ("program", "id")
    sortable_by = ()
    search_fields = ("name", "program__name")
    search_help_text = gettext_lazy("Name of the rule or the program")
    empty_title = gettext_lazy("No reward rules yet")
    empty_text = gettext_lazy("Open a program under Program Rules and add what it gives for a friend.")
    empty_icon = "rules"
    detail_page = "reward-rule"
    detail_only = True
    detail_template = "rewards/rule.html"

    @admin.display(description=gettext_lazy("rule"))
    def title(self, rule: RewardRule) -> SafeString:
        """Show what it is called and whose it is."""
        return person(rule.name, rule.program.name)

    @admin.display(description=gettext_lazy("what it gives"))
    def sentence(self, rule: RewardRule) -> str:
        """Show what it gives, in a sentence."""
        return rule_sentence(rule)

    @admin.display(description=gettext_lazy("status"))
    def state(self, rule: RewardRule) -> SafeString:
        """Show whether it gives anything now."""
        shown = rule_badge(rule)
        return badge(shown.label, shown.kind)

    @admin.display(description=gettext_lazy("created"))
    def created(self, rule: RewardRule) -> SafeString:
        """Show since when there is this rule."""
        return instant(rule.created_at)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RewardRule]:
        """Return the rules with what their pages show."""
        return super().get_queryset(request).select_related("program", "unit", "catalog_reward__unit")

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer nothing: a rule is added on its program's page."""
        return ()

    def detail_header(self, request: HttpRequest, obj: RewardRule) -> DetailHeader:
        """Say what it gives, and whose it is."""
        program = format_html('<a href="{}">{}</a>', rules_url(obj.program_id), obj.program)
        return DetailHeader(
            title=obj.name,
            subtitle=rule_sentence(obj),
            badges=(rule_badge(obj),),
            facts=(
                Fact(_("Program"), program),
                Fact(_("Created"), instant(obj.created_at)),
                Fact(_("Changed"), instant(obj.updated_at)),
            ),
        )

    def detail_actions(self, request: HttpRequest, obj: RewardRule) -> Sequence[Action]:
        """Offer the rewards it gave, and to switch it, to who may."""
        actions = []
        if request.user.has_perm("rewards.view_reward"):
            feed = f"{reverse('admin:rewards_reward_changelist')}?rule__id__exact={obj.pk}"
            actions.append(Action(_("Rewards of this rule"), feed, icon="feed"))
        if self.has_change_permission(request, obj):
            url = self._url("switch", obj.pk)
            label = _("Switch off") if obj.is_on else _("Switch on")
            icon = "pause" if obj.is_on else "play"
            actions.append(Action(label, url, icon=icon, dialog="switch-dialog"))
        return actions

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that switch a rule and show its e-mails."""
        view = self.admin_site.admin_view
        preview_route = "<int:rule_id>/preview/<slug:side>/<slug:language>/"
        return [
            path("<int:rule_id>/switch/", view(self.switch_view), name="rewards_rewardrule_switch"),
            path(preview_route, view(self.preview_view), name="rewards_rewardrule_preview"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add a rule to the program that the address names."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        program = _program(request)
        form = RuleForm(form_data(request), initial=texts_initial(first_texts()))
        if _wants_preview(request) and form.is_valid():
            return _preview_of(request, form.definition(), program)

        def submit() -> str:
            rule = add_rule(program=program, definition=form.definition(), by=actor_of(request), at=now())
            messages.success(request, _("“%(name)s” was added and is on.") % {"name": rule.name})
            return rules_url(program.pk)

        page = _page(program, title=_("Add reward rule"), back_url=rules_url(program.pk))
        return self._form(request, page, form, submit, program)

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change what a rule gives from now on."""
        rule = self.get_object(request, unquote(object_id))
        if rule is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_change_permission(request, rule):
            raise PermissionDenied
        form = EditRuleForm(form_data(request), initial=EditRuleForm.initial_of(rule), offered=rule.catalog_reward)
        if _wants_preview(request) and form.is_valid():
            return _preview_of(request, form.definition(), rule.program)

        def submit() -> str:
            definition, by = form.definition(), actor_of(request)
            change_rule(rule=rule, definition=definition, seen_at=form.seen_at(), by=by, at=now())
            messages.success(request, _("The changes were saved."))
            return self.detail_url(rule)

        lead = _("Changes hold from now on; what was given before stays as it was.")
        page = _page(rule.program, title=_("Edit %(name)s") % {"name": rule}, back_url=self.detail_url(rule), lead=lead)
        return self._form(request, page, form, submit, rule.program)

    def _form(
        self, request: HttpRequest, page: FormPage, form: RuleForm, submit: Any, program: Program
    ) -> HttpResponse:
        response = form_page(request, page=page, form=form, submit=submit)
        return laid_out(response, LAYOUT, tags=_tags(), program=program, program_url=rules_url(program.pk))

    def switch_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Ask, then switch a rule on or off."""
        rule = get_object_or_404(self.get_queryset(request), pk=rule_id)
        if not self.has_change_permission(request, rule):
            raise PermissionDenied
        form = SwitchRuleForm(form_data(request), initial={"on": not rule.is_on})

        def submit() -> str:
            on = form.cleaned_data["on"]
            switch_rule(rule=rule, on=on, by=actor_of(request), at=now())
            said = _("“%(name)s” is on.") if on else _("“%(name)s” is off. What it gave stays.")
            messages.success(request, said % {"name": rule.name})
            return self.detail_url(rule)

        question = _question(rule)
        page = _page(rule.program, title=question.title, back_url=self.detail_url(rule), lead=question.text)
        return form_page(request, page=replace(page, button=question.button), form=form, submit=submit)

    def _detail_context(self, request: HttpRequest, obj: RewardRule) -> dict[str, Any]:
        """Add the question that the button asks."""
        context = super()._detail_context(request, obj) | {"program_url": rules_url(obj.program_id)}
        if not self.has_change_permission(request, obj):
            return context
        form = SwitchRuleForm(initial={"on": not obj.is_on}, auto_id="switch_%s")
        return context | {"question": _question(obj), "switch_form": form, "switch_url": self._url("switch", obj.pk)}

    def preview_view(self, request: HttpRequest, rule_id: int, side: str, language: str) -> HttpResponse:
        """Show one of a rule's e-mails as somebody made up would get it."""
        rule = get_object_or_404(self.get_queryset(request), pk=rule_id)
        if not self.has_view_permission(request, rule):
            raise PermissionDenied
        mail = get_object_or_404(rule.mails.all(), side=side, language=language)
        text = next(text for text in texts_of([mail]))
        return _shown(request, text, _definition_of(rule), rule.program)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before a rule is switched."""

    title: str
    text: str
    button: str


def _question(rule: RewardRule) -> Question:
    if rule.is_on:
        text = _("It gives nothing from now on. What it gave stays, and you can switch it on again.")
        return Question(_("Switch this rule off?"), text, _("Switch off"))
    return Question(_("Switch this rule on?"), _("It holds for what happens from now on."), _("Switch on"))


def _program(request: HttpRequest) -> Program:
    asked = request.GET.get("program", "")
    if not asked.isascii() or not asked.isdigit() or len(asked) > 18:
        raise Http404
    return get_object_or_404(Program, pk=int(asked))


def _page(program: Program, *, title: str, back_url: str, lead: str = "") -> FormPage:
    return FormPage(
        title=title,
        list_title=_("Program Rules"),
        list_url=reverse("admin:programs_program_changelist"),
        button=_("Save"),
        cancel_url=back_url,
        object_title=program.name,
        lead=lead or _("For “%(program)s”. It holds for what happens from now on.") % {"program": program.name},
    )


def _tags() -> list[tuple[str, Text]]:
    """Return each tag as it is written, and what stands there for a reader."""
    return [(f"{{{{ {tag} }}}}", meaning) for tag, meaning in TAGS.items()]


def _wants_preview(request: HttpRequest) -> bool:
    return request.POST.get("step", "").startswith(PREVIEW)


def _preview_of(request: HttpRequest, definition: RuleDefinition, program: Program) -> HttpResponse:
    """Show the e-mail that the button belongs to, as the form has it."""
    asked = request.POST.get("step", "").removeprefix(PREVIEW)
    text = next((text for text in definition.mails if text.field == asked), None)
    if text is None:
        raise Http404
    return _shown(request, text, definition, program)


def _shown(request: HttpRequest, text: MailText, definition: RuleDefinition, program: Program) -> HttpResponse:
    try:
        message = sample_message(text=text, definition=definition, program=program, to="maria@example.com", at=now())
    except UnusableAddress as error:
        raise Http404 from error
    return preview(request, Email(html=message.html))


def _definition_of(rule: RewardRule) -> RuleDefinition:
    names = RuleDefinition.__dataclass_fields__.keys() - {"mails"}
    return RuleDefinition(**{name: getattr(rule, name) for name in names})

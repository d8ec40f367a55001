from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import Action, Badge, DetailHeader, Fact, ThemedModelAdmin, badge, day, instant, mono
from advocate.lib.admin.parts import Kind, Text
from advocate.lib.clock import now
from programs.admin.form_pages import FormPage, actor_of, form_data, form_page
from programs.admin.participants import copyable
from programs.forms import AddProgramForm, EditProgramForm
from programs.models import Program
from programs.operations import (
    change_program,
    create_program,
    delete_program,
    launch_program,
    pause_program,
    resume_program,
)
from programs.queries import search_programs

KINDS: dict[str, Kind] = {
    Program.Status.DRAFT: "neutral",
    Program.Status.LIVE: "success",
    Program.Status.PAUSED: "warning",
}


@dataclass(frozen=True, slots=True)
class Move:
    """A step in a program's life: its button, what is asked before, and what is said after it."""

    key: str
    operation: Callable[..., None]
    when: frozenset[str]
    label: Text
    icon: str
    title: Text
    text: Text
    button: Text
    done: Text
    permission: str = "programs.change_program"
    primary: bool = False
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before a move, and the page that makes it."""

    move: Move
    url: str


MOVES = (
    Move(
        key="launch",
        operation=launch_program,
        when=frozenset({Program.Status.DRAFT}),
        label=gettext_lazy("Launch"),
        icon="play",
        title=gettext_lazy("Launch this program?"),
        text=gettext_lazy("Its links and codes work from now on. You can pause it at any time."),
        button=gettext_lazy("Launch program"),
        done=gettext_lazy("“%(name)s” is live."),
        primary=True,
    ),
    Move(
        key="pause",
        operation=pause_program,
        when=frozenset({Program.Status.LIVE}),
        label=gettext_lazy("Pause"),
        icon="pause",
        title=gettext_lazy("Pause this program?"),
        text=gettext_lazy("Nobody is referred while it is paused. Rewards that people hold stay."),
        button=gettext_lazy("Pause program"),
        done=gettext_lazy("“%(name)s” is paused."),
    ),
    Move(
        key="resume",
        operation=resume_program,
        when=frozenset({Program.Status.PAUSED}),
        label=gettext_lazy("Resume"),
        icon="play",
        title=gettext_lazy("Resume this program?"),
        text=gettext_lazy("Its links and codes work again, from now on."),
        button=gettext_lazy("Resume program"),
        done=gettext_lazy("“%(name)s” is live again."),
        primary=True,
    ),
    Move(
        key="remove",
        operation=delete_program,
        when=frozenset({Program.Status.DRAFT, Program.Status.PAUSED}),
        label=gettext_lazy("Delete"),
        icon="trash",
        title=gettext_lazy("Delete this program?"),
        text=gettext_lazy("This cannot be undone. It is possible as long as nobody has a code or a reward of it."),
        button=gettext_lazy("Delete program"),
        done=gettext_lazy("“%(name)s” was deleted."),
        permission="programs.delete_program",
        danger=True,
    ),
)


@admin.register(Program)
class ProgramAdmin(ThemedModelAdmin[Program]):
    """Program Rules: the list of programs and each one's page."""

    page_title = gettext_lazy("Program Rules")
    page_lead = gettext_lazy("Your referral programs: where they lead friends to, and what they reward.")
    list_display = ("name", "program_id", "state", "landing_page", "created")
    list_filter = ("status",)
    ordering = ("name", "id")
    sortable_by = ("name", "created")
    search_fields = ("name", "key")
    search_help_text = gettext_lazy("Name or program ID")
    empty_title = gettext_lazy("No programs yet")
    empty_text = gettext_lazy("A program says where advocates send their friends and what both get for it.")
    empty_icon = "rules"
    detail_page = "program"
    detail_only = True
    detail_template = "programs/program.html"

    @admin.display(description=gettext_lazy("program ID"))
    def program_id(self, program: Program) -> SafeString:
        """Show the key, each character as it is."""
        return mono(program.key)

    @admin.display(description=gettext_lazy("status"))
    def state(self, program: Program) -> SafeString:
        """Show the status as a badge."""
        return badge(program.get_status_display(), KINDS[program.status])

    @admin.display(description=gettext_lazy("landing page"), empty_value="–")
    def landing_page(self, program: Program) -> str | None:
        """Show where share links lead."""
        return program.main_url or None

    @admin.display(description=gettext_lazy("created"), ordering="created_at")
    def created(self, program: Program) -> SafeString:
        """Show since when there is this program."""
        return day(program.created_at)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Program], search_term: str
    ) -> tuple[QuerySet[Program], bool]:
        """Search as the search for all does."""
        return search_programs(search_term, among=queryset), False

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer to make a program to who may."""
        if not self.has_add_permission(request):
            return ()
        return (Action(_("New program"), self._url("add"), primary=True, icon="plus"),)

    def detail_header(self, request: HttpRequest, obj: Program) -> DetailHeader:
        """Say which program it is and whether it is live."""
        return DetailHeader(
            title=obj.name,
            badges=(Badge(obj.get_status_display(), KINDS[obj.status]),),
            facts=(
                Fact(_("Program ID"), copyable(obj.key)),
                Fact(_("Created"), instant(obj.created_at)),
                Fact(_("Changed"), instant(obj.updated_at)),
            ),
        )

    def detail_actions(self, request: HttpRequest, obj: Program) -> Sequence[Action]:
        """Offer the moves that the status allows, to who may make them."""
        return [
            Action(
                move.label,
                self._url(move.key, obj.pk),
                primary=move.primary,
                danger=move.danger,
                icon=move.icon,
                dialog=f"{move.key}-dialog",
            )
            for move in MOVES
            if obj.status in move.when and request.user.has_perm(move.permission)
        ]

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change the status and delete."""
        moves = [
            path(
                f"<int:program_id>/{move.key}/",
                self.admin_site.admin_view(partial(self.move_view, move=move)),
                name=f"programs_program_{move.key}",
            )
            for move in MOVES
        ]
        return [*moves, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Make a program, as a draft."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AddProgramForm(form_data(request))

        def submit() -> str:
            details = form.details()
            program = create_program(key=form.cleaned_data["key"], details=details, by=actor_of(request), at=now())
            messages.success(request, _("“%(name)s” was created as a draft.") % {"name": program})
            return self.detail_url(program)

        lead = _("It begins as a draft: nobody can use it until you launch it.")
        page = self._page(_("New program"), button=_("Create program"), lead=lead)
        return form_page(request, page=page, form=form, submit=submit)

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change a program's details."""
        program = self._program(request, unquote(object_id), "programs.change_program")
        form = EditProgramForm(form_data(request), initial=EditProgramForm.initial_of(program))

        def submit() -> str:
            change_program(
                program=program, details=form.details(), seen_at=form.seen_at(), by=actor_of(request), at=now()
            )
            messages.success(request, _("The changes were saved."))
            return self.detail_url(program)

        page = self._page(_("Edit %(name)s") % {"name": program}, button=_("Save"), program=program)
        return form_page(request, page=page, form=form, submit=submit)

    def move_view(self, request: HttpRequest, program_id: int, *, move: Move) -> HttpResponse:
        """Ask whether to make a move, and make it."""
        program = self._program(request, str(program_id), move.permission)
        form = forms.Form(form_data(request))

        def submit() -> str:
            move.operation(program=program, by=actor_of(request), at=now())
            messages.success(request, move.done % {"name": program})
            return self._url("changelist") if move.key == "remove" else self.detail_url(program)

        page = self._page(str(move.title), button=str(move.button), program=program, lead=move.text, danger=move.danger)
        return form_page(request, page=page, form=form, submit=submit)

    def detail_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the program, with the questions that the buttons ask."""
        questions = [
            Question(move, self._url(move.key, unquote(object_id)))
            for move in MOVES
            if request.user.has_perm(move.permission)
        ]
        return super().detail_view(request, object_id, {"questions": questions} | (extra_context or {}))

    def _program(self, request: HttpRequest, program_id: str, permission: str) -> Program:
        program = self.get_object(request, program_id)
        if program is None:
            raise Http404
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return program

    def _page(
        self, title: str, *, button: str, program: Program | None = None, lead: Text = "", danger: bool = False
    ) -> FormPage:
        list_url = self._url("changelist")
        return FormPage(
            title=title,
            list_title=self.page_title,
            list_url=list_url,
            object_title="" if program is None else program.name,
            button=button,
            cancel_url=list_url if program is None else self.detail_url(program),
            lead=lead,
            danger=danger,
        )

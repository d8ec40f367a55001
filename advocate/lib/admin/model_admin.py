from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import formats
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib import panels
from advocate.lib.admin.paging import CUT, CappedChangeList, CappedPaginator
from advocate.lib.admin.parts import Action, DetailHeader, Text
from advocate.lib.found import Found

M = TypeVar("M", bound=Model)
AUDIT_LIST = "admin:team_auditentry_changelist"
SEE_AUDIT = "team.view_auditentry"

if TYPE_CHECKING:
    StockAdmin = admin.ModelAdmin
else:

    class StockAdmin(admin.ModelAdmin, Generic[M]):
        """Django's ModelAdmin, which may be subscribed with its model as its type stubs say."""


class ThemedModelAdmin(StockAdmin[M]):
    """
    A model's pages in the back office: a quick list, a form, and a designed detail page where one is wanted.

    Nothing can be deleted, because money and codes leave traces; a subclass that allows it overrides
    ``has_delete_permission``.
    """

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    actions_on_top = False
    actions_on_bottom = True
    empty_value_display = "–"

    page_title: Text = ""
    page_lead: Text = ""
    empty_title: Text = ""
    empty_text: Text = ""
    empty_icon = "inbox"
    cut_text: Text = gettext_lazy("More than %(number)s match. These are the newest: type more to find others.")
    owners_cut_text: Text = cut_text
    numeric_columns: ClassVar[Sequence[str]] = ()
    detail_page = ""
    # Whether what changes an object has pages of its own, so that nothing is ever sent to its detail page.
    detail_only = False
    detail_template = "admin/detail.html"

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Return the buttons at the top of the list: "Add …" where the person may add one."""
        if not self.has_add_permission(request):
            return ()
        label = _("Add %(name)s") % {"name": self.opts.verbose_name}
        return (Action(label, self._url("add"), primary=True, icon="plus"),)

    def empty_action(self, request: HttpRequest) -> Action | None:
        """Return what to do when there is nothing to list yet: the list's main action."""
        return next((action for action in self.list_actions(request) if action.primary), None)

    def detail_actions(self, request: HttpRequest, obj: M) -> Sequence[Action]:
        """Return the buttons at the top of an object's detail page, besides "Edit"."""
        return ()

    def detail_header(self, request: HttpRequest, obj: M) -> DetailHeader:
        """Return what the detail page says first."""
        return DetailHeader(title=str(obj))

    def detail_url(self, obj: M) -> str:
        """Return the address of an object's page."""
        return self._url("change", quote(obj.pk))

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Refuse: see the class."""
        return False

    def shown(self, request: HttpRequest, found: Found[M]) -> tuple[QuerySet[M], bool]:
        """Return what ``get_search_results`` has to, and say so where more was found than the list shows."""
        if found.is_cut or found.owners:
            vars(request)[CUT] = True  # for the list, which Django gives nothing but the rows
            text, most = (self.cut_text, found.most) if found.is_cut else (self.owners_cut_text, found.owners)
            messages.info(request, str(text) % {"number": formats.number_format(most, force_grouping=True)})
        return found.rows, False

    def get_action_choices(self, request: HttpRequest, default_choices: Any = None) -> list[tuple[str, str]]:
        """Ask what to do instead of showing dashes."""
        return super().get_action_choices(request, [("", _("With the chosen rows…"))])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that never counts a whole table."""
        return CappedChangeList

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Name the fields of an editable list, whose labels are only the columns' headings for the eye."""
        formset = super().get_changelist_formset(request, **kwargs)
        for field in formset.form.base_fields.values():
            field.widget.attrs["aria-label"] = capfirst(str(field.label or ""))
        return formset

    def get_urls(self) -> list[URLPattern]:
        """Add the form's own address where the object's address shows a designed page."""
        if not self.detail_page:
            return super().get_urls()
        edit = path(
            "<path:object_id>/edit/",
            self.admin_site.admin_view(self.edit_view),
            name=f"{self.opts.app_label}_{self.opts.model_name}_edit",
        )
        return [edit, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list under a human title, with what to do when it is empty."""
        context = {
            "title": self.page_title or capfirst(str(self.opts.verbose_name_plural)),
            "page_lead": self.page_lead,
            "page_actions": self.list_actions(request),
            "empty_title": self.empty_title or _("Nothing here yet"),
            "empty_text": self.empty_text,
            "empty_icon": self.empty_icon,
            "empty_action": self.empty_action(request),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the designed page where there is one, and the form otherwise or in a popup."""
        if self.detail_only:
            if request.method not in {"GET", "HEAD"}:
                return HttpResponseNotAllowed(["GET", "HEAD"])
            return self.detail_view(request, object_id, extra_context)
        if self.detail_page and IS_POPUP_VAR not in request.GET and request.method in {"GET", "HEAD"}:
            return self.detail_view(request, object_id, extra_context)
        return super().change_view(request, object_id, form_url, extra_context)

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the form of an object that has a designed page; without a form, the page is all there is."""
        if self.detail_only:
            return self.change_view(request, object_id)
        return super().change_view(request, object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the object's entries in the audit list; Django's own log of changes stays empty here."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        return HttpResponseRedirect(self._entries_url(obj))

    def history_url(self, request: HttpRequest, obj: M) -> str:
        """Return where the object's entries in the audit list are, for who may see them."""
        return self._entries_url(obj) if request.user.has_perm(SEE_AUDIT) else ""

    def _entries_url(self, obj: M) -> str:
        only = urlencode({"object_type": self.opts.label_lower, "object_id": obj.pk})
        return f"{reverse(AUDIT_LIST)}?{only}"

    def detail_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show an object: its header, its tabs and the panels of the chosen tab that the person may see."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, self.detail_template, self._detail_context(request, obj) | (extra_context or {})
        )

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Title the form with the object instead of "Change participant"."""
        obj = kwargs.get("obj")
        if obj is not None:
            context["title"] = _("Edit %(name)s") % {"name": obj} if self.detail_page else str(obj)
            context["subtitle"] = None
            context["detail_url"] = self.detail_url(obj) if self.detail_page else ""
        # One way to save: the other two save a click and cost everyone a decision.
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def response_post_save_change(self, request: HttpRequest, obj: M) -> HttpResponseRedirect:
        """Lead back to the object's designed page where there is one."""
        if self.detail_page:
            return HttpResponseRedirect(self.detail_url(obj))
        return super().response_post_save_change(request, obj)

    def response_post_save_add(self, request: HttpRequest, obj: M) -> HttpResponseRedirect:
        """Lead to the new object's designed page where there is one."""
        if self.detail_page:
            return HttpResponseRedirect(self.detail_url(obj))
        return super().response_post_save_add(request, obj)

    def _detail_context(self, request: HttpRequest, obj: M) -> dict[str, Any]:
        header = self.detail_header(request, obj)
        tabs = panels.visible_tabs(request, self.detail_page)
        return {
            **self.admin_site.each_context(request),
            "title": header.title,
            "header": header,
            "opts": self.opts,
            "object": obj,
            "original": obj,
            "page_actions": self._actions_with_edit(request, obj),
            "tabs": tabs,
            "panels": panels.rendered_panels(request, self.detail_page, obj, tab=panels.current_tab(tabs)),
            "list_title": self.page_title or capfirst(str(self.opts.verbose_name_plural)),
            "list_url": self._url("changelist"),
        }

    def _actions_with_edit(self, request: HttpRequest, obj: M) -> list[Action]:
        actions = list(self.detail_actions(request, obj))
        if self.has_change_permission(request, obj):
            actions.insert(0, Action(_("Edit"), self._url("edit", quote(obj.pk)), icon="edit"))
        return actions

    def _url(self, name: str, *args: object) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

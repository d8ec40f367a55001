"""The page that brings codes into a program's stock: by a file, pasted, or generated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from advocate.lib import clock
from advocate.lib.errors import DomainError
from advocate.lib.pages import Page, register_page
from advocate.lib.panels import TabLink
from jobs.models import Job
from jobs.operations import ImportChoices, create_import, create_run
from programs.models import Program
from promocodes.code_import.way_back import urls_of
from promocodes.imports import GENERATE_CODES, UPLOAD_CODES
from promocodes.models import CodePool
from promocodes.queries.pools import Total, stock_of
from promocodes.stock_view import total_text
from promocodes.upload_forms import MakeForm, PasteForm, UploadForm
from team.audit import Actor

FORMS: Final[dict[str, type[UploadForm | PasteForm | MakeForm]]] = {
    "file": UploadForm,
    "paste": PasteForm,
    "generate": MakeForm,
}
SAMPLES: Final = ("csv", "xlsx", "ods", "tsv", "txt")
AnyForm = UploadForm | PasteForm | MakeForm


def upload(request: HttpRequest) -> HttpResponse:
    """Ask for codes and queue the job that brings them in; its page shows first what it would do."""
    if not UPLOAD_CODES.may_start(request.user):
        raise PermissionDenied
    how = request.GET.get("how", "file")
    how = how if how in FORMS else "file"
    program = _asked_program(request)
    form = FORMS[how](request.POST or None, request.FILES or None, initial={"program": program})
    if request.method == "POST":
        if form.is_valid():
            try:
                job = _start(request, form)
            except DomainError as error:
                form.add_error("file" if how == "file" else None, str(error))
            else:
                return redirect("admin:jobs_job_detail", public_id=job.public_id)
        messages.error(request, _("Nothing was started yet: look at the fields marked below."))
    return _page(request, how, form, program)


def _start(request: HttpRequest, form: AnyForm) -> Job:
    user: Any = request.user
    common: dict[str, Any] = {"by": Actor.of(user), "at": clock.now(), "form_token": form.cleaned_data["form_token"]}
    choices = ImportChoices(without_preview=form.cleaned_data["without_preview"], reading=_reading(form))
    params = form.params()
    if isinstance(form, MakeForm):
        name = params["batch"] or _generated_name(params["count"])
        return create_run(import_type=GENERATE_CODES, name=name, params=params, choices=choices, **common)
    upload: Any = form.cleaned_data["file"] if isinstance(form, UploadForm) else form.file
    return create_import(
        import_type=UPLOAD_CODES, upload=upload, name=form.file_name, params=params, choices=choices, **common
    )


def _reading(form: AnyForm) -> dict[str, str]:
    header = form.cleaned_data.get("header")
    return {"header": header} if header else {}


def _generated_name(count: int) -> str:
    day = formats.date_format(timezone.localdate(), "Y-m-d")
    return _("%(count)s generated codes, %(day)s") % {"count": count, "day": day}


def _asked_program(request: HttpRequest) -> Program | None:
    """Return the program that the address names by its number, or the only one that there is."""
    asked = request.GET.get("program", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        return Program.objects.filter(pk=int(asked)).first()
    programs = list(Program.objects.order_by("pk")[:2])
    return programs[0] if len(programs) == 1 else None


def _page(request: HttpRequest, how: str, form: AnyForm, program: Program | None) -> HttpResponse:
    pool = CodePool.objects.filter(program=program).first() if program else None
    stock = stock_of(pool, at=clock.now()) if pool else Total(0)
    context = {
        **admin.site.each_context(request),
        "title": _("Upload codes"),
        "how": how,
        "form": form,
        "tabs": _tabs(how, program),
        "program": program,
        "pool": pool,
        "names_url": _names_url(request, pool),
        "in_stock": total_text(stock),
        "as_of": stock.as_of,
        "back_url": _back_url(request, program),
        "samples": [(kind, f"promocodes/samples/codes.{kind}") for kind in SAMPLES],
    }
    return TemplateResponse(request, "promocodes/upload.html", context)


def _names_url(request: HttpRequest, pool: CodePool | None) -> str:
    """Return where multi-use codes get a pattern for names, for who may set it."""
    user: Any = request.user
    if pool is None or pool.kind != CodePool.Kind.MULTI_USE or not user.has_perm("promocodes.change_codepool"):
        return ""
    return reverse("admin:promocodes_set_up", args=[pool.program_id])


def _back_url(request: HttpRequest, program: Program | None) -> str:
    """Return where whoever changes their mind came from, as far as the program tells."""
    if program is None:
        return reverse("admin:promocodes_codepool_changelist")
    urls = urls_of(request, program)
    return urls["set_up_url"] or urls["codes_url"]


def _tabs(current: str, program: Program | None) -> Sequence[TabLink]:
    labels = {"file": _("Upload a file"), "paste": _("Paste codes"), "generate": _("Generate codes")}
    page = reverse("admin:promocodes_upload")
    chosen: dict[str, str | int] = {"program": program.pk} if program else {}
    return [
        TabLink(how, label, f"{page}?{urlencode({**chosen, 'how': how})}", current=how == current)
        for how, label in labels.items()
    ]


def register() -> None:
    """Add the page."""
    register_page(Page("promocodes/upload/", upload, "promocodes_upload"))

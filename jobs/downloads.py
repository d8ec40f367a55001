"""Hand out a job's file, from wherever it is stored, under a name that no header or folder mistakes."""

from __future__ import annotations

import re
from typing import Any, Final

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from jobs.queries import FileOfJob

LINK_SECONDS: Final = 60
NAME_LENGTH: Final = 150
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069/\\:*?"<>|]+')


def hand_out(file: FileOfJob) -> HttpResponseBase:
    """
    Return the file, or lead to where its storage gives it for a minute.

    :raises Http404: if storage has lost it
    """
    name = safe_name(file.name)
    try:
        default_storage.path(file.stored_name)
    except NotImplementedError:
        disposition = content_disposition_header(as_attachment=True, filename=name)
        storage: Any = default_storage
        url = storage.url(file.stored_name, parameters={"ResponseContentDisposition": disposition}, expire=LINK_SECONDS)
        return HttpResponseRedirect(url)
    try:
        content = default_storage.open(file.stored_name, "rb")
    except FileNotFoundError:
        raise Http404 from None
    answer = FileResponse(content, as_attachment=True, filename=name, content_type=file.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def safe_name(name: str) -> str:
    """Return a file's name without what a header, a folder or a reader could mistake."""
    stem, dot, ending = _NOT_IN_NAMES.sub(" ", name).strip(". ").rpartition(".")
    return f"{(stem or _('file'))[:NAME_LENGTH].strip()}{dot}{ending}"

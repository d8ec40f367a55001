from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib.admin import ThemedModelAdmin
from programs.admin.form_pages import FormPage


def settings_page(model_admin: ThemedModelAdmin[Any], title: str, *, lead: str = "", history_url: str = "") -> FormPage:
    """Return what stands around the form of a unit or a catalog reward, which leads back to their list."""
    url = reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")
    return FormPage(
        title=title,
        list_title=model_admin.page_title,
        list_url=url,
        button=_("Save"),
        cancel_url=url,
        lead=lead,
        history_url=history_url,
    )

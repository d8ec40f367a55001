from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class AdvocateConfig(AppConfig):
    name = "advocate"


class AdvocateAdminConfig(AdminConfig):
    default_site = "advocate.admin_site.AdvocateAdminSite"

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from team.audit import Actor, Change, record
from team.models import Company


@dataclass(frozen=True, slots=True)
class CompanyDetails:
    """What Settings → General holds."""

    name: str
    account_email: str
    tenant_alias: str
    time_zone: str
    default_language: str


@transaction.atomic
def change_company(*, details: CompanyDetails, by: Actor, at: datetime) -> None:
    """Change what Settings → General holds; nothing is recorded where nothing differs."""
    Company.objects.bulk_create([Company()], ignore_conflicts=True)
    company = Company.objects.select_for_update().get(pk=Company.ONLY_ID)
    changes = {
        name: Change(getattr(company, name), value)
        for name, value in asdict(details).items()
        if getattr(company, name) != value
    }
    if not changes:
        return
    Company.objects.filter(pk=company.pk).update(**{name: change.after for name, change in changes.items()})
    company.refresh_from_db()
    record(by=by, action="company.changed", target=company, at=at, changes=changes)

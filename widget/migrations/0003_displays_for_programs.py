import secrets

from django.db import migrations
from django.utils import timezone

CHUNK = 500
FIRST = ["hero", "share_link", "statistics", "rewards", "referrals"]


def components(promo_codes):
    types = ["hero", "promo_codes", *FIRST[1:]] if promo_codes else FIRST
    empty = {"texts": {"en": {}, "zh": {}}, "settings": {}}
    return [{"id": f"c{secrets.token_hex(5)}", "type": one, **empty} for one in types]


def make_displays(apps, schema_editor):
    """Give each program its widget, published, and its microsite, as a draft; a new one gets them when it is made."""
    program_model = apps.get_model("programs", "Program")
    pool_model = apps.get_model("promocodes", "CodePool")
    display_model = apps.get_model("widget", "Display")
    version_model = apps.get_model("widget", "DisplayVersion")
    at = timezone.now()
    programs = list(program_model.objects.filter(displays=None).order_by("pk").values_list("pk", "key"))
    with_codes = set(pool_model.objects.filter(on_widgets=True).values_list("program_id", flat=True))
    for start in range(0, len(programs), CHUNK):
        chunk = programs[start : start + CHUNK]
        known = {"created_at": at, "updated_at": at}
        displays = []
        for pk, key in chunk:
            widget = {"kind": "widget", "key": "referrerWidget", "name": "Referral widget", "slug": ""}
            microsite = {"kind": "microsite", "key": "microsite", "name": "Microsite", "slug": key.lower()}
            displays += [display_model(program_id=pk, **one, **known) for one in (widget, microsite)]
        display_model.objects.bulk_create(displays)
        versions = []
        for display in display_model.objects.filter(program__in=[pk for pk, _key in chunk]):
            parts = components(display.program_id in with_codes)
            versions.append(version_model(display=display, is_draft=True, components=parts, updated_at=at))
            if display.kind == "widget":
                shown = {"number": 1, "is_current": True, "published_at": at, "updated_at": at}
                versions.append(version_model(display=display, components=parts, **shown))
        version_model.objects.bulk_create(versions)


class Migration(migrations.Migration):

    dependencies = [
        ("widget", "0002_count_shown_and_shared"),
        ("promocodes", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_displays, migrations.RunPython.noop)]

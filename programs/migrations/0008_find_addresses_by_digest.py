from itertools import islice

from django.db import migrations

from programs.terms import digest_terms_of

BATCH = 2_000


def add_digests(apps, schema_editor):
    participants = apps.get_model("programs", "Participant").objects.exclude(email="").only("pk", "email")
    terms = apps.get_model("programs", "SearchTerm")
    rows = (
        terms(term=term, participant_id=participant.pk)
        for participant in participants.order_by("pk").iterator(BATCH)
        for term in digest_terms_of(participant)
    )
    while batch := list(islice(rows, BATCH)):
        terms.objects.bulk_create(batch, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("programs", "0007_find_referrals_and_conversions")]
    operations = [migrations.RunPython(add_digests, migrations.RunPython.noop)]

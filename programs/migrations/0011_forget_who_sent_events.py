from django.db import migrations


def forget_senders(apps, schema_editor):
    """Empty who sent the events of participants who were deleted before deleting did so: it may be themselves."""
    deleted = apps.get_model("programs", "ErasedParticipant").objects.values("participant")
    submissions = apps.get_model("programs", "EventSubmission").objects.filter(participant__in=deleted)
    submissions.exclude(sent_by="").update(sent_by="")


class Migration(migrations.Migration):
    dependencies = [("programs", "0010_link_touches_to_imports")]
    operations = [migrations.RunPython(forget_senders, migrations.RunPython.noop)]

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0001_initial'),
        ('rewards', '0003_compare_ids_exactly'),
    ]

    operations = [
        migrations.AddField(
            model_name='reward',
            name='referral',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rewards', to='programs.referral', verbose_name='referral'),
        ),
        migrations.AddIndex(
            model_name='reward',
            index=models.Index(condition=models.Q(('referral__isnull', False)), fields=['referral'], name='rewards_referral'),
        ),
    ]

import advocate.lib.fields
import django.core.validators
import rewards.public_ids
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('rewards', '0002_refuse_changes_to_entries'),
    ]

    operations = [
        migrations.AlterField(
            model_name='catalogreward',
            name='key',
            field=advocate.lib.fields.ExactCharField(max_length=64, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9_-]+\\Z', 'Use letters, digits, dashes and underscores.')], verbose_name='reward key'),
        ),
        migrations.AlterField(
            model_name='reward',
            name='public_id',
            field=advocate.lib.fields.ExactCharField(default=rewards.public_ids.new_public_id, editable=False, max_length=24, verbose_name='reward ID'),
        ),
        migrations.AlterField(
            model_name='reward',
            name='unique_id',
            field=advocate.lib.fields.ExactCharField(blank=True, max_length=255, null=True, verbose_name='your own ID'),
        ),
        migrations.AlterField(
            model_name='rewardunit',
            name='key',
            field=advocate.lib.fields.ExactCharField(max_length=64, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?\\Z', 'Use letters, digits, dots, dashes and underscores, with at most one slash, such as CASH/USD.')], verbose_name='unit ID'),
        ),
    ]

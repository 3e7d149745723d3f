"""An extension is kept apart from the number that is dialled."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hotline", "0002_numbers_of_citizens")]

    operations = [
        migrations.AddField(
            model_name="citizen",
            name="extension",
            field=models.CharField(blank=True, max_length=6, verbose_name="extension"),
        ),
        migrations.AlterField(
            model_name="citizen",
            name="phone",
            field=models.CharField(max_length=21, verbose_name="phone"),
        ),
        migrations.AddConstraint(
            model_name="citizen",
            constraint=models.CheckConstraint(
                condition=models.Q(("extension__regex", "^\\d{0,6}$")),
                name="citizen_extension_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="citizen",
            constraint=models.UniqueConstraint(
                fields=("phone", "extension"), name="citizen_number_once"
            ),
        ),
    ]

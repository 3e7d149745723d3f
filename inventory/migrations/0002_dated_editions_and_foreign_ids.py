from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="classedition",
            name="valid_from",
            field=models.DateField(blank=True, null=True, verbose_name="valid from"),
        ),
        migrations.RemoveConstraint(
            model_name="classedition", name="class_edition_one_national_active"
        ),
        migrations.AddConstraint(
            model_name="classedition",
            constraint=models.UniqueConstraint(
                condition=Q(("active", True), ("local", False)),
                fields=("valid_from",),
                name="class_edition_one_national_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="classedition",
            constraint=models.UniqueConstraint(
                condition=Q(("active", True), ("local", False), ("valid_from", None)),
                fields=("active",),
                name="class_edition_one_national_since_ever",
            ),
        ),
        migrations.AddField(
            model_name="component",
            name="foreign_system",
            field=models.CharField(
                blank=True, default="", max_length=40, verbose_name="system of origin"
            ),
        ),
        migrations.AddField(
            model_name="component",
            name="foreign_id",
            field=models.CharField(
                blank=True, default="", max_length=64, verbose_name="identifier there"
            ),
        ),
        migrations.AddConstraint(
            model_name="component",
            constraint=models.UniqueConstraint(
                condition=~Q(("foreign_id", "")),
                fields=("foreign_system", "foreign_id"),
                name="component_foreign_id_once",
            ),
        ),
    ]

"""What is shown with a filing condition changes it. Connected in `apps.ready`."""

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from cases.models import AreaLimit, FilingCondition


@receiver([post_save, post_delete], sender=AreaLimit)
def limit_changed(instance, **kwargs):
    FilingCondition.objects.filter(pk=instance.condition_id).touch()

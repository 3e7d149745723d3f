"""Which cases somebody may know of, and how cases are locked."""

from django.contrib.gis.db import models
from django.db.models import Q

from cases.states import FINAL
from citymgmt.accounts.rules import contracted_collectors, handled_departments
from citymgmt.lib.rows import Prepared
from grid.models import Area


class CaseQuerySet(models.QuerySet):
    def open(self):
        return self.exclude(state__in=FINAL)

    def visible_to(self, user):
        """Cases the person may know of: areas overseen, departments handled for, own tasks,
        own reports, cases assisted in, cases the person filed (谁立案谁负责), and for a contractor
        those that its collectors reported or hold."""
        if not user.is_authenticated or not user.is_active or user.is_screen:
            return self.none()
        areas = Area.objects.overseen_ids(user)
        query = Q(reporter=user) | Q(collector=user) | Q(handler=user) | Q(filed_by=user)
        if areas:
            query |= Q(district__in=areas) | Q(street__in=areas) | Q(community__in=areas)
        if departments := handled_departments(user):
            query |= Q(department__in=departments)
            joint = self.model.assisting.through.objects.filter(department__in=departments)
            query |= Q(pk__in=joint.values("case"))
        if collectors := contracted_collectors(user):
            query |= Q(reporter__in=collectors) | Q(collector__in=collectors)
        return self.filter(query)

    def locked(self, pk):
        """The case, its row locked until the transaction ends: how every move begins."""
        return self.all_locked(pk)[pk]

    def all_locked(self, *pks) -> dict:
        """These cases by their keys, locked in the order of the keys: two who want the same
        cases wait for each other and never both. Nothing else locks cases. DoesNotExist."""
        found = {}
        for pk in sorted(set(pks)):
            rows = _locking(pk)
            if not rows:
                raise self.model.DoesNotExist(pk)
            found[pk] = rows[0]
        return found

    def for_lists(self):
        """Everything a list row shows, in one query."""
        return self.select_related(
            "matter_class", "community", "street", "department", "source", "handler", "collector"
        )


def _by_key():
    from cases.models import Case  # which is built of what stands here

    return Case.objects.select_for_update().filter(pk=0)


_locking = Prepared(_by_key)

"""Who is a collector: somebody active who holds the post today."""

from citymgmt.accounts.models import Membership, User


def collectors():
    """Active people who are collectors today."""
    held = Membership.objects.current().filter(post__code="collector")
    return User.objects.filter(is_active=True, pk__in=held.order_by().values("user"))


def is_collector(person: User) -> bool:
    return person.is_active and "collector" in person.post_codes

"""What every page knows about the person in front of it: posts, desk and navigation."""

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from citymgmt.accounts import navigation, seconds, sessions
from citymgmt.accounts.posts import SEPARATED


def person(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": [], "sign_in_url": reverse("accounts:sign_in")}
    return {
        "nav": navigation.entries(user, request.path),
        "post_name": " · ".join(str(m.post) for m in user.current_memberships),
        "session_left": _left(request.session),
        "profile_url": reverse("accounts:profile"),
        "acts_url": reverse("accounts:acts"),
        "acts_count": SimpleLazyObject(lambda: _acts(user)),
        "sign_out_url": reverse("accounts:sign_out"),
    }


def _acts(user):
    """How many acts wait for the decision of this administrator; nobody else has any."""
    return seconds.count_for(user) if SEPARATED.intersection(user.post_codes) else 0


def _left(session):
    """Whole seconds until it ends unless it is used."""
    return round(sessions.left(session, timezone.now()))

"""What every page knows about the person in front of it: posts, desk and navigation."""

from citymgmt.accounts import navigation


def person(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": [], "demonstration": False}
    return {"nav": navigation.entries(user, request.path)}

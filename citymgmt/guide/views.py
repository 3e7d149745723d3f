"""Help pages and their pictures; a picture is seen by whoever may see the page that shows it."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from citymgmt.accounts import ended
from citymgmt.lib import guides

KEPT_SECONDS = 24 * 3600


@require_GET
def own(request):
    """The page of one's first post; of the public, for strangers."""
    held = request.user.post_codes if request.user.is_authenticated else ()
    named = (code for code in guides.NAMES if code in held)
    return redirect("guide:page", next(named, guides.PUBLIC))


@require_GET
def page(request, name):
    if closed := _closed(request, name):
        return closed
    found = _guide(name)
    titles = guides.titles(get_language())
    rows = [{"name": one, "title": title, "active": one == name} for one, title in titles.items()]
    signed_in = request.user.is_authenticated
    context = {
        "layout": "desk_base.html" if signed_in else "public_base.html",
        "guide": found,
        "guides": rows if signed_in else [],
    }
    return render(request, "guide/page.html", context)


@require_GET
def picture(request, name, picture):
    if closed := _closed(request, name):
        return closed
    if picture not in _guide(name).pictures:
        raise Http404
    file = guides.picture_file(picture, get_language())
    answer = HttpResponse(file.read_bytes(), content_type="image/png")
    patch_cache_control(answer, private=True, max_age=KEPT_SECONDS)
    patch_vary_headers(answer, ("Accept-Language", "Cookie"))
    return answer


def _closed(request, name):
    """The answer to strangers who ask for a page of the posts; None for everybody else."""
    is_open = name == guides.PUBLIC or request.user.is_authenticated
    return None if is_open else ended.answer(request)


def _guide(name):
    try:
        return guides.guide_of(name)
    except KeyError:
        raise Http404 from None

"""Sign in with one click as any post. The address exists only where `settings.DEMO` is set, and
answers only on a database that the demonstration made."""

from django.contrib.auth import login
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from citymgmt.demo.people import staff

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request):
    if not staff.offered():
        raise Http404
    people = staff.one_per_post()
    if request.method == "POST":
        chosen = get_object_or_404(people, username=request.POST.get("username", ""))
        login(request, chosen, backend=BACKEND)
        return redirect("home")
    return render(request, "demo/people/choose.html", {"people": people})

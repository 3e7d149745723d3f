"""Posts and what they may do."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from citymgmt.accounts import actions, queries
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.forms import VerbsForm
from citymgmt.accounts.models import Post
from citymgmt.accounts.posts import MANAGE_RIGHTS
from citymgmt.accounts.verbs import VERBS


@needs(MANAGE_RIGHTS)
def posts(request):
    rows = [
        (post, [VERBS.get(verb, verb) for verb in post.verbs], post.code in request.user.post_codes)
        for post in queries.posts()
    ]
    return render(request, "accounts/posts.html", {"rows": rows})


@needs(MANAGE_RIGHTS)
def edit_post(request, code):
    post = get_object_or_404(Post, code=code)
    form = VerbsForm(request.POST or None, post=post)
    if form.is_valid() and attempt(
        request, actions.set_verbs, form=form, post=post, verbs=form.cleaned_data["verbs"]
    ):
        messages.success(request, _("Saved."))
        return redirect("accounts:posts")
    own = post.code in request.user.post_codes
    status = 422 if form.errors else 200
    return render(
        request, "accounts/post.html", {"post": post, "form": form, "own": own}, status=status
    )

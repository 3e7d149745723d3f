"""Sign-in, own desk, own account."""

from django.contrib import messages
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from citymgmt.accounts import demonstration, sessions, tokens
from citymgmt.accounts.access import login_required
from citymgmt.accounts.audit import record
from citymgmt.accounts.desks import desk_of
from citymgmt.accounts.forms import OwnPasswordForm, SignInForm


@login_required
def home(request):
    """The desk of the person's first post; a person without one finds the menu."""
    desk = desk_of(request.user)
    return redirect(desk) if desk else render(request, "accounts/home.html")


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm

    def get(self, request, *args, **kwargs):
        """Whoever is signed in goes on; `?again` asks nevertheless, for somebody else."""
        if request.user.is_authenticated and "again" not in request.GET:
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(demonstration=demonstration.offered(), **kwargs)


class Profile(PasswordChangeView):
    """Own posts, a new password, and the tokens that act in one's name."""

    template_name = "accounts/profile.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("accounts:profile")

    def get_context_data(self, **kwargs):
        found = tokens.listed(self.request.user)
        rows = [(token, tokens.standing(token)) for token in found]
        return super().get_context_data(rows=rows, **kwargs)

    def form_valid(self, form):
        response = super().form_valid(form)
        user = self.request.user
        sessions.recheck(user)
        record(verb="change_password", subject=user.username, by=user, request=self.request)
        messages.success(self.request, _("Your password was changed."))
        return response

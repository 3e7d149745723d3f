"""Sign-in, own desk, own account."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from citymgmt.accounts import actions, passwords, tokens
from citymgmt.accounts.access import login_required
from citymgmt.accounts.desks import desk_of
from citymgmt.accounts.forms import OwnPasswordForm, SignInForm
from citymgmt.lib.addresses import of_this_site
from citymgmt.lib.declared import declared


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

    def get_redirect_url(self):
        return of_this_site(self.request, super().get_redirect_url())

    def get_context_data(self, **kwargs):
        entries = [entry for make in declared("sign_in_entry") if (entry := make())]
        return super().get_context_data(entries=entries, **kwargs)


class OwnPassword(PasswordChangeView):
    """A new password, and nothing else: for who may open nothing before."""

    template_name = "accounts/own_password.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("home")

    def form_valid(self, form):
        person = form.user
        actions.change_own_password(
            person=person, password=form.cleaned_data["new_password1"], request=self.request
        )
        update_session_auth_hash(self.request, person)
        messages.success(self.request, _("Your password was changed."))
        return redirect(self.success_url)

    def get_context_data(self, **kwargs):
        needed = passwords.must_change(self.request.user)
        return super().get_context_data(needed=needed, days=settings.PASSWORD_DAYS, **kwargs)


class Profile(OwnPassword):
    """Own posts, a new password, and the tokens that act in one's name."""

    template_name = "accounts/profile.html"
    success_url = reverse_lazy("accounts:profile")

    def get_context_data(self, **kwargs):
        found = tokens.listed(self.request.user)
        rows = [(token, tokens.standing(token)) for token in found]
        return super().get_context_data(rows=rows, **kwargs)

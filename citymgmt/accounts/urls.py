from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.urls import path

from citymgmt.accounts.access import login_required
from citymgmt.accounts.views import (
    account,
    acts,
    demonstration,
    departments,
    people,
    record,
    rights,
    screens,
    session,
    several,
    tokens,
)

app_name = "accounts"


def demonstration_patterns(demo: bool):
    """One-click sign-in has no address at all on a real installation."""
    if not demo:
        return []
    return [path("demonstration/", demonstration.choose, name="demonstration")]


urlpatterns = [
    path("sign-in/", account.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("session/", session.session, name="session"),
    path("session/resumed/", session.resumed, name="resumed"),
    path("screens/", screens.screens, name="screens"),
    path("screens/<int:pk>/withdraw/", screens.withdraw, name="withdraw_screen"),
    path("password/", login_required(account.OwnPassword.as_view()), name="own_password"),
    path("profile/", login_required(account.Profile.as_view()), name="profile"),
    path("people/", people.people, name="people"),
    path("people/new/", people.new_person, name="new_person"),
    path("people/import/", several.bring_in, name="import_people"),
    path("people/import/table.csv", several.pattern, name="people_pattern"),
    path("people/switch-off/", several.switch_off, name="switch_off"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/edit/", people.edit_person, name="edit_person"),
    path("people/<int:pk>/appoint/", people.appoint, name="appoint"),
    path("people/<int:pk>/dismiss/<int:membership>/", people.dismiss, name="dismiss"),
    path("people/<int:pk>/grant/", people.grant, name="grant"),
    path("people/<int:pk>/revoke/<int:row>/", people.revoke, name="revoke"),
    path("people/<int:pk>/password/", people.set_password, name="set_password"),
    path("departments/", departments.departments, name="departments"),
    path("departments/new/", departments.edit_department, name="new_department"),
    path("departments/<int:pk>/", departments.edit_department, name="edit_department"),
    path("posts/", rights.posts, name="posts"),
    path("posts/<slug:code>/", rights.edit_post, name="edit_post"),
    path("tokens/", tokens.index, name="tokens"),
    path("tokens/<int:pk>/withdraw/", tokens.withdraw, name="withdraw_token"),
    path("services/new/", tokens.new_service, name="new_service"),
    path("services/<int:pk>/", tokens.service, name="service"),
    path("services/<int:pk>/token/", tokens.new_token, name="new_token"),
    path("acts/", acts.index, name="acts"),
    path("acts/<int:pk>/confirm/", acts.confirm, name="confirm_act"),
    path("acts/<int:pk>/refuse/", acts.refuse, name="refuse_act"),
    path("audit/", record.audit, name="audit"),
    path("audit/verify/", record.verify, name="verify_audit"),
    *demonstration_patterns(settings.DEMO),
]

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "citymgmt.accounts"
    label = "accounts"
    verbose_name = _("People and rights")

    def ready(self):
        from citymgmt.accounts import desks, navigation, posts, receivers  # noqa: F401

        people = {posts.MANAGE_PEOPLE, posts.MANAGE_RIGHTS}
        navigation.register("accounts:people", _("People"), "people", people, order=80)
        navigation.register("accounts:departments", _("Departments"), "diagram-3", people, order=81)
        navigation.register(
            "accounts:posts", _("Posts and rights"), "key", {posts.MANAGE_RIGHTS}, order=82
        )
        navigation.register("accounts:tokens", _("Programs and tokens"), "plug", people, order=83)
        navigation.register(
            "accounts:audit", _("Audit log"), "journal-check", {posts.READ_AUDIT}, order=84
        )
        navigation.register(
            "accounts:acts", _("Second administrator"), "people-fill",
            {*people, posts.READ_AUDIT}, order=85,
        )  # fmt: skip
        desks.register("sysadmin", "accounts:people")
        desks.register("secadmin", "accounts:posts")
        desks.register("auditor", "accounts:audit")

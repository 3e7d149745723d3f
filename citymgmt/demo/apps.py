from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    name = "citymgmt.demo"
    verbose_name = _("Demonstration")

    def ready(self):
        from citymgmt.accounts.verbs import AUDIT

        AUDIT["demonstration"] = _("Set up the demonstration")

    # --- declared for those below (citymgmt.lib.declared) ---
    def unattended(self) -> bool:
        """A demonstration is off for weeks, and nobody is there to say that this is well."""
        from citymgmt.demo.people.staff import offered

        return offered()

    def sign_in_entry(self) -> dict[str, str] | None:
        """The way to one-click sign-in, on the page where others type a password."""
        from django.urls import reverse

        from citymgmt.demo.people.staff import offered

        if not offered():
            return None
        return {
            "text": _("This is a demonstration city."),
            "label": _("Sign in as any post with one click"),
            "url": reverse("demo:choose"),
        }

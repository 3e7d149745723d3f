"""Pages: own account (`account`), people, departments, rights, the record, the demonstration."""

from citymgmt.accounts.views.account import home

__all__ = ["home"]

"""Pages: own account (`account`), people, departments, rights, the record."""

from citymgmt.accounts.views.account import home

__all__ = ["home"]

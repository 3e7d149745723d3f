from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "citymgmt.accounts"
    label = "accounts"

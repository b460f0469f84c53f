from django.apps import AppConfig


class PlainAccountsConfig(AppConfig):
    """The people and organisations, without what signing in does on the site."""

    name = "accounts"

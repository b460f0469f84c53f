from django.apps import AppConfig


class MicrosoftConfig(AppConfig):
    """An app of its own because allauth looks for providers in the module ``provider`` of each installed app."""

    name = "accounts.microsoft"
    label = "microsoft_sign_in"

    def ready(self) -> None:
        from accounts.microsoft import second_factor  # noqa: F401, PLC0415 - connects its signal

"""Our registrations at Microsoft Entra ID: at most one for each of Microsoft's two sign-in authorities.

``settings.MICROSOFT_SIGN_IN`` holds those whose client id and secret are in the environment. Nothing else can add one
or change an authority: no table, no page, no request.
"""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import pgettext

from portal.lib.clouds import Cloud

CLOUDS = {"global": (Cloud.COMMERCIAL, Cloud.GCC), "us": (Cloud.GCC_HIGH, Cloud.DOD)}
"""The clouds whose people sign in at each authority."""


@dataclass(frozen=True)
class Registration:
    """The site's registration as an application at one authority."""

    slug: str
    authority: str
    client_id: str
    secret: str

    @property
    def provider_id(self) -> str:
        """What connected accounts are filed under."""
        return f"microsoft-{self.slug}"

    @property
    def clouds(self) -> tuple[Cloud, ...]:
        return CLOUDS[self.slug]

    @property
    def label(self) -> str:
        """What Microsoft is called on buttons that lead to this authority."""
        return "Microsoft" if self.slug == "global" else pgettext("cloud", "Microsoft (US Government)")

    # Microsoft's metadata document says the same for every tenant; not fetching it leaves nothing to redirect us.
    # https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow

    @property
    def authorize_url(self) -> str:
        return f"{self.authority}/organizations/oauth2/v2.0/authorize"

    @property
    def token_url(self) -> str:
        return f"{self.authority}/organizations/oauth2/v2.0/token"

    @property
    def keys_url(self) -> str:
        return f"{self.authority}/organizations/discovery/v2.0/keys"

    def issuer(self, tenant: uuid.UUID) -> str:
        """Return who issues the tokens of a tenant's people."""
        return f"{self.authority}/{tenant}/v2.0"


def registrations() -> list[Registration]:
    """Return what is configured, the global authority first."""
    configured = settings.MICROSOFT_SIGN_IN
    return [Registration(slug=slug, **configured[slug]) for slug in CLOUDS if slug in configured]


def registration(slug: str) -> Registration | None:
    """Return the registration that addresses call ``slug``, or None."""
    return next((one for one in registrations() if one.slug == slug), None)

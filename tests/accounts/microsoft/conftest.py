"""The whole way to Microsoft and back, over HTTP, with the provider of ``tests.entra``."""

from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

from tests import entra as entra_module
from tests.entra import Entra, path_of

CALLBACK = "/accounts/microsoft/{}/callback/"


@pytest.fixture(scope="package")
def provider():
    """One provider for all tests; ``entra`` is the same one, honest again."""
    with entra_module.running() as entra:
        entra.register(*(f"http://localhost:8000{CALLBACK.format(slug)}" for slug in ("global", "us")))
        yield entra


@pytest.fixture
def entra(provider, settings):
    provider.forget()
    settings.SITE_URL = "http://localhost:8000"
    settings.MICROSOFT_SIGN_IN = {"global": provider.settings()}
    cache.clear()
    return provider


@dataclass
class Browser:
    """Somebody's browser on its way through the sign-in."""

    entra: Entra
    client: Client

    def start(self, slug="global", step="login", **form):
        """Press the button; return the address at Microsoft that the site sends the browser to."""
        answer = self.client.post(f"/accounts/microsoft/{slug}/{step}/", form)
        assert answer.status_code == 302
        return answer.url

    def finish(self, address, **form):
        """Agree at Microsoft and come back; return the site's answer."""
        return self.client.get(path_of(self.entra.approve(address, **form)))

    def sign_in(self, **form):
        return self.finish(self.start(**form))

    def connect(self, slug="global"):
        return self.finish(self.start(slug, "connect"))

    def user_id(self):
        return self.client.session.get("_auth_user_id")


@pytest.fixture
def browser(entra, client):
    return Browser(entra, client)


@pytest.fixture
def tenant(cast):
    """Victoria Dental's people sign in from a tenant of their own."""
    cast.customer.tenant_id = entra_module.TENANT
    cast.customer.save()
    return cast.customer

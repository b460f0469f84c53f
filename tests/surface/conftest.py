"""The world is built once for the package, in a transaction that never ends well; each request is taken back."""

import logging
from collections.abc import Iterator

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.test import override_settings

from tests.surface import world as worlds
from tests.surface.calls import Caller
from tests.surface.visitor import Visitors


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: object) -> Iterator[worlds.World]:
    microsoft = {"authority": "https://login.microsoftonline.com", "client_id": "client", "secret": "secret"}
    with (
        django_db_blocker.unblock(),
        # Everybody signs in once, and the slowest machine takes longer for all of it than a fresh sign-in counts.
        override_settings(MICROSOFT_SIGN_IN={"global": microsoft}, ACCOUNT_REAUTHENTICATION_TIMEOUT=24 * 60 * 60),
        transaction.atomic(),
    ):
        yield worlds.build()
        transaction.set_rollback(True)
    with django_db_blocker.unblock():
        connection.close()
    ContentType.objects.clear_cache()


@pytest.fixture(scope="package")
def visitors(world: worlds.World) -> Visitors:
    """Everybody at a browser of their own, signed in; nobody's request leaves a trace for the next one."""
    return Visitors(world)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of refusals are what these tests provoke: the log need not tell of each."""
    logging.disable(logging.CRITICAL)
    cache.clear()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="package")
def caller(world: worlds.World, visitors: Visitors) -> Caller:
    """Calls every route with the forms that the site's own pages send."""
    return Caller(world, visitors)

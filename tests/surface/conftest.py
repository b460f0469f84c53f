"""The world is built once for the package, in a transaction that never ends well; each request is taken back."""

import logging
from collections.abc import Iterator
from zlib import crc32

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.test import override_settings

from tests.surface import world as worlds
from tests.surface.calls import Caller
from tests.surface.hostile import EVERYTHING
from tests.surface.visitor import Visitors

SHARED_OUT = {
    "test_other_methods_have_no_effect": 3,
    "test_language_switch_leads_to_a_page_that_is_there": 3,
    "test_page_holds_no_english_word": 2,
    "test_no_field_stumbles": 8,
    "test_no_parameter_stumbles": 8,
    "test_no_body_stumbles": 8,
    "test_no_address_stumbles": 8,
    "test_parameters_that_the_form_does_not_ask_for_change_nothing": 4,
    "test_popups_and_foreign_keys_by_another_column_open_nothing": 4,
    "test_no_lookup_answers_a_question_about_others": 4,
    "test_no_action_and_no_list_form_reaches_a_foreign_row": 2,
    "test_no_foreign_key_takes_a_foreign_row": 2,
    "test_no_search_finds_a_foreign_row": 2,
}
"""Of these CI asks one page in so many, and the drill all: they are about the framework's ways more than about a page's."""
IN_THE_DRILL = {
    "test_without_the_walls_nearly_every_page_leaks",
    "test_with_the_walls_the_same_requests_bring_nothing_to_light",
}
"""What shows that the matrix can fail: it is about the tests, not about the site."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the drill asks. Which pages those are follows from their names."""
    left_out = {item for item in items if not EVERYTHING and _is_left_out(item.name, getattr(item, "originalname", ""))}
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


def _is_left_out(name: str, of: str) -> bool:
    return of in IN_THE_DRILL or crc32(name.encode()) % SHARED_OUT.get(of, 1) > 0


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

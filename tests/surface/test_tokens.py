"""A form counts only with its token: every route that is no mere reading refuses it otherwise, in the site's words."""

import pytest
from django.test import Client

from tests.surface.classes import HOME
from tests.surface.hostile import share
from tests.surface.routes import routes
from tests.surface.world import undone

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("role", ["", "alice", "root"])
def test_every_unsafe_request_without_its_token_is_refused(visitors, caller, role, method):
    problems = []
    browser = visitors[role].browser(enforce_csrf_checks=True)
    everything = routes().values()
    # No page takes any method but POST, with a token or not: CI asks a part of them each.
    for route in everything if method == "POST" else share(everything, f"{role} {method}", 4):
        call = caller.call(route, HOME[role])
        with undone():
            answer = browser.generic(method, call.path)
            changed = bool(visitors.written())
        expected = (403, True) if method == "POST" else (405, False)
        if changed or (answer.status_code, "what you typed is still there" in answer.text) != expected:
            problems.append(f"{route}: {answer.status_code}{' and changes rows' * changed}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("role", ["", "alice", "root"])
def test_the_token_of_another_browser_counts_for_nothing(visitors, caller, role):
    """Taken from another browser's page, beside a cookie of one's own."""
    other = Client(enforce_csrf_checks=True)
    other.get("/accounts/login/")
    foreign = other.cookies["csrftoken"].value
    browser = visitors[role].browser(enforce_csrf_checks=True)
    browser.cookies["csrftoken"] = "a" * 32
    statuses = {}
    for route in routes().values():
        call = caller.call(route, HOME[role])
        with undone():
            answer = browser.post(call.path, {"csrfmiddlewaretoken": foreign} | call.posted)
        statuses[route.name] = answer.status_code
    assert {name: status for name, status in statuses.items() if status != 403} == {}

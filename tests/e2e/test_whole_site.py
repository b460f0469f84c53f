"""The whole site in a real browser, found by its own links: no violation of the policy, nothing on the console."""

from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts import mail
from accounts.models import OutgoingMail
from tests import factories
from tests.surface.hostile import EVERYTHING


def something_of_everything(cast):
    """Make rows, so that lists have links to follow."""
    for status in ("submitted", "in_review", "approved", "completed", "declined"):
        asked = factories.purchase(cast.customer, cast.bob)
        factories.in_status(asked, status, agent=cast.dana, author=cast.bob)
    factories.cancellation(factories.subscription(cast.customer, friendly_name="Power BI"), cast.alice)
    factories.offer(cast.partner)
    factories.link("exchange", address_commercial="https://exchange.example/")
    mail.queue(mail.Message("Subject", "text", "", "request"), recipient="nobody@example.com")
    OutgoingMail.objects.update(failed_at=timezone.now(), last_error="550 5.1.1 no such mailbox")
    factories.resource("licences")


def kind_of(address):
    """Return the route that an address is of, and whether it has a query: one page of each kind is visited."""
    parts = urlsplit(address)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    return match.view_name or match.route, bool(parts.query)


@pytest.mark.parametrize(("name", "at_least"), [("", 5), ("alice", 17), *(("root", 41),) * EVERYTHING], ids=str)
def test_every_page_that_links_lead_to_is_silent(visit, live_cast, name, at_least):
    """Complaints of the browser are collected by ``visit``, which fails at the end if there were any.

    A superuser comes to each page of the desk: in the drill, for ``test_every_page`` listens to most of them, too.
    """
    something_of_everything(live_cast)
    visitor = visit()
    if name:
        visitor.sign_in(getattr(live_cast, name))
    waiting, seen = ["/", "/accounts/login/", "/admin/"], {}
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(address)
        if kind is None or kind in seen:
            continue
        answer = visitor.page.goto(visitor.address + address)
        seen[kind] = (address, answer.status)
        links = visitor.page.eval_on_selector_all("a[href]:not([download])", "all => all.map(one => one.href)")
        own = [urlsplit(one) for one in links if one.startswith(visitor.address)]
        waiting += [one.path + (f"?{one.query}" if one.query else "") for one in own]
    closed = {address for address, status in seen.values() if status >= 400}
    assert closed == (
        {"/admin/", "/admin/login/?next=/admin/"} & set(dict(seen.values())) if name == "alice" else set()
    )
    assert len(seen) >= at_least, seen

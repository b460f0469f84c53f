"""What each view shows: against a plain definition, over ties, in both directions, while rows move, for its reader only."""

import datetime
import itertools
from dataclasses import replace

import pytest
from django.http import QueryDict
from django.utils import timezone

from accounts.models import PartnerMembership
from portal.lib.acting import acting_as
from requests_app import queue, workflow
from requests_app.models import OPEN, SubscriptionRequest
from requests_app.queue import SHOWS, View
from tests.drill import DRILL
from tests.requests_app.queue.conftest import NOW


def shows(view, user, one):
    """The definition: whether ``view`` shows a request to ``user``, with nothing but the request in hand."""
    is_open, mine = one.status in OPEN, one.assignee_id == user.pk
    today = timezone.localtime(NOW).date()
    by_show = {
        "": (mine and is_open) or one.status == "submitted",
        "mine": mine and is_open,
        "unassigned": one.status == "submitted",
        "overdue": is_open and one.deadline < NOW,
        "today": is_open and one.deadline >= NOW and timezone.localtime(one.deadline).date() == today,
        "waiting": one.status == "waiting",
        "approved": one.status == "approved",
        "failed": one.status == "failed",
        "open": is_open,
        "closed": not is_open,
        "all": True,
    }
    of = one.subscription
    products = [of.product_id] if of else [line.offer.product_id for line in one.lines.all()]
    return (
        by_show[view.shown]
        and view.kind in ("", one.kind)
        and view.customer in (None, one.customer_id)
        and view.assignee in (None, one.assignee_id)
        and view.partner in (None, one.partner_id)
        and view.product in (None, *products)
        and (not view.q or is_found(view, one))
    )


def is_found(view, one):
    words, of = view.q.lower(), one.subscription
    name, ids = one.customer.name.lower(), [of.external_id, of.order_id] if of else []
    number = words.removeprefix("r").removeprefix("-")
    if number.isdecimal() and one.number.startswith(f"R-{number}"):
        return True
    if view.within:
        return any(words in text for text in (name, *(text.lower() for text in ids)))
    return name.startswith(words) or any(text.startswith((view.q, words)) for text in (*ids, one.external_reference))


def within_reach(user):
    """All requests that ``user`` works or oversees, read without any of the queue's own statements."""
    partners = {cast.partner_id for cast in user.partner_memberships.all()}
    everything = SubscriptionRequest.objects.select_related("subscription", "customer").prefetch_related("lines__offer")
    return [one for one in everything if user.is_superuser or one.partner_id in partners]


def plainly(view, user, requests):
    """What ``view`` shows of ``requests``, in order."""
    found = [one for one in requests if shows(view, user, one)]
    field, downwards = view.ordering[0].lstrip("-"), view.ordering[0].startswith("-")
    return sorted(found, key=lambda one: (getattr(one, field), one.pk), reverse=downwards)


def walk(view, user, *, size, forwards=True, meanwhile=lambda: None):
    """Return the pages of ``view`` as ``user`` turns them, from the first one on, or back from behind the last."""
    pages, view = [], replace(view, per=size)
    while True:
        with acting_as(user.pk):
            page = queue.page(view, user, NOW)
        pages.append(page.rows)
        cursor = page.older if forwards else page.newer
        if not cursor:
            return pages
        view = replace(view, after=cursor, before="") if forwards else replace(view, after="", before=cursor)
        meanwhile()


def everyone(cast, name):
    """The person, of whom nothing is known yet; "both" is an agent of both partners."""
    user = cast.dana if name == "both" else getattr(cast, name)
    if name == "both":
        PartnerMembership.objects.create(user=user, partner=cast.other_partner, role=PartnerMembership.Role.AGENT)
    return type(user).objects.get(pk=user.pk)


def filters(cast):
    return {
        "nothing": {},
        "kind": {"kind": "cancellation"},
        "customer": {"customer": cast.customer.pk},
        "of another partner": {"customer": cast.foreign_customer.pk},
        "assignee": {"assignee": cast.max.pk},
        "product": {"product": cast.products[0].pk},
        "partner": {"partner": cast.partner.pk},
        "other partner": {"partner": cast.other_partner.pk},
        "several": {"kind": "purchase", "product": cast.products[1].pk, "customer": cast.sibling.pk},
    }


@pytest.mark.parametrize("name", ["dana", "erin", "both", "root", "alice", "sam"])
def test_every_view_shows_what_it_says(queue_world, name):
    user, shown = everyone(queue_world, name), set()
    requests = within_reach(user)
    for show in SHOWS:
        for position, said in enumerate(filters(queue_world).values()):
            orders = View(show=show).orders
            view = settled(View(show=show, order=orders[position % len(orders)], **said))
            expected = plainly(view, user, requests)
            with acting_as(user.pk):
                assert list(view.rows(user, NOW)) == expected, view
                assert queue.page(replace(view, per=100), user, NOW).rows == expected, view
            shown |= {show} if expected else set()
    assert shown == (set() if name in ("alice", "sam") else {"", *SHOWS} - ({"mine"} if name == "root" else set()))


def settled(view):
    """The view as its address gives it back."""
    return View.of(QueryDict(view.query()))


@pytest.mark.parametrize("name", ["dana", "both", "root"])
@pytest.mark.parametrize("show", ["", "all"])
def test_pages_show_every_row_once_in_both_directions(queue_world, show, name):
    user = everyone(queue_world, name)
    requests = within_reach(user)
    for order in View(show=show).orders:
        view = settled(View(show=show, order=order))
        expected = plainly(view, user, requests)
        assert len(expected) > 7
        for size in (4, len(expected) - 1, len(expected)):
            assert [row for page in walk(view, user, size=size) for row in page] == expected
        with acting_as(user.pk):
            but_two = queue.page(replace(view, per=len(expected) - 2), user, NOW)
            last_two = queue.page(replace(view, after=but_two.older), user, NOW)
        assert last_two.rows == expected[-2:]
        back = walk(replace(view, before=last_two.newer), user, size=4, forwards=False)
        assert [row for page in reversed(back) for row in page] == expected[:-2]


def test_no_row_is_lost_or_doubled_while_others_move(queue_world):
    """Between two pages colleagues claim what is nobody's, before and behind; what nobody touched is there once."""
    user, view = everyone(queue_world, "dana"), View(show="open")
    everything = plainly(view, user, within_reach(user))
    moving = [one for one in everything if one.status == "submitted"]
    moved = []

    def a_colleague_moves_one():
        if moving:
            one = moving.pop()
            moved.append(one)
            workflow.claim(one, actor=queue_world.max)
            SubscriptionRequest.objects.filter(pk=one.pk).update(
                deadline=NOW + datetime.timedelta(hours=len(moved) - 2)
            )

    seen = [row for page in walk(view, user, size=3, meanwhile=a_colleague_moves_one) for row in page]
    assert len(moved) > 3
    assert [row for row in seen if row not in moved] == [row for row in everything if row not in moved]


# --- About a product ---


@pytest.mark.parametrize("name", ["dana", "both", "root"])
@pytest.mark.parametrize("show", SHOWS)
def test_a_product_is_found_in_every_view(queue_world, show, name):
    """Together with each other filter and with what is looked for; orders take turns, and so do products but in the drill."""
    user = everyone(queue_world, name)
    requests, shown, orders = within_reach(user), 0, itertools.cycle(View(show=show).orders)
    sayings = (*filters(queue_world).values(), {"kind": "purchase"}, {"q": "vict"}, {"q": "Order-"}, {"q": "R-"})
    products = queue_world.products
    for product, said in itertools.product(products, sayings) if DRILL else zip(itertools.cycle(products), sayings):
        view = settled(View(show=show, order=next(orders), per=100, **(said | {"product": product.pk})))
        expected = plainly(view, user, requests)
        shown += len(expected)
        with acting_as(user.pk):
            assert list(view.rows(user, NOW)) == expected, view
            assert queue.page(view, user, NOW).rows == expected, view
    assert shown or (show == "mine" and name == "root")


@pytest.mark.parametrize("name", ["dana", "both", "root"] if DRILL else ["both"])
@pytest.mark.parametrize("said", [{}, {"kind": "purchase"}, {"kind": "cancellation"}], ids=["any", "purchases", "ends"])
@pytest.mark.parametrize("show", ["closed", "all"])
def test_pages_about_a_product_show_every_row_once_in_both_directions(queue_world, show, said, name):
    """A purchase that buys a product on two terms is one row of it, at the edge of a page, too."""
    user, twice = everyone(queue_world, name), 0
    requests = within_reach(user)
    for order in View(show=show).orders:
        view = settled(View(show=show, order=order, product=queue_world.products[1].pk, **said))
        expected = plainly(view, user, requests)
        twice += sum(
            one.lines.count() == 2 and len({line.product_id for line in one.lines.all()}) == 1 for one in expected
        )
        for size in (1, 2, 5) if DRILL else (2,):
            assert [row for page in walk(view, user, size=size) for row in page] == expected
        with acting_as(user.pk):
            but_one = queue.page(replace(view, per=len(expected) - 1), user, NOW)
            last = queue.page(replace(view, after=but_one.older), user, NOW)
            beside = [queue.neighbours(user, view, one, NOW) for one in expected]
        back = walk(replace(view, before=last.newer), user, size=2, forwards=False)
        assert [row for page in reversed(back) for row in page] == expected[:-1]
        keys = [None, *(one.pk for one in expected), None]
        assert beside == list(zip(keys, keys[2:], strict=False))
    assert (twice > 0) == (said != {"kind": "cancellation"})


# --- Searching ---


WORDS = ("VICT", "victoria dental", "ental", "ab-", "CD-", "Order-", "Order-12", "zzz", "R-", "0", "%", "_", "\\", "\U0010ffff", "維")  # fmt: skip


@pytest.mark.parametrize("within", ["", "anywhere"])
@pytest.mark.parametrize("name", ["dana", "both", "root"])
def test_search_finds_what_begins_so_or_has_it_anywhere(queue_world, name, within):
    user = everyone(queue_world, name)
    requests = within_reach(user)
    for position, words in enumerate(WORDS):
        view = View(show="open" if position % 4 == 0 else "", q=words, within=within)
        expected = plainly(view, user, requests)
        with acting_as(user.pk):
            assert list(view.rows(user, NOW)) == expected
            assert queue.page(replace(view, per=100), user, NOW).rows == expected


def test_search_finds_by_number_with_and_without_its_letter(queue_world):
    user = everyone(queue_world, "dana")
    for one in plainly(View(show="all"), user, within_reach(user))[:5]:
        for words in (one.number, one.number.lower(), one.number[2:], one.number[:7], f"R{one.number[2:]}"):
            with acting_as(user.pk):
                assert one in queue.page(View(q=words, per=100), user, NOW).rows
    one = plainly(View(show="all"), user, within_reach(user))[0]
    with acting_as(user.pk):
        assert queue.page(View(q=one.number), user, NOW).rows == [one]


def test_search_of_another_partner_finds_nothing(queue_world):
    erin = everyone(queue_world, "erin")
    for one in within_reach(everyone(queue_world, "dana"))[::9]:
        for words in (one.number, one.customer.name, *([one.subscription.external_id] if one.subscription else ())):
            with acting_as(erin.pk):
                assert queue.page(View(q=words), erin, NOW).rows == []


# --- Beside it, and the next ---


@pytest.mark.parametrize(("show", "name"), [("", "dana"), ("all", "dana"), ("open", "both")])
def test_neighbours_are_the_rows_beside_it(queue_world, show, name):
    user = everyone(queue_world, name)
    requests = within_reach(user)
    for order in View(show=show).orders:
        view = settled(View(show=show, order=order))
        keys = [one.pk for one in plainly(view, user, requests)]
        for position, one in enumerate(plainly(view, user, requests)):
            with acting_as(user.pk):
                found = queue.neighbours(user, view, one, NOW)
            assert found == (
                keys[position - 1] if position else None,
                keys[position + 1] if position + 1 < len(keys) else None,
            )


def test_what_has_left_the_view_keeps_its_neighbours(queue_world):
    user, view = everyone(queue_world, "dana"), View(show="unassigned")
    before, one, behind = plainly(view, user, within_reach(user))[:3]
    workflow.claim(one, actor=queue_world.max)
    with acting_as(user.pk):
        assert queue.neighbours(user, view, one, NOW) == (before.pk, behind.pk)

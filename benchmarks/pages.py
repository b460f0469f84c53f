"""What is measured: for each page the address at the site and the address of the same rows in the plain admin.

Addresses of the site are written out here and nowhere else in the benchmark.
"""

import base64
import datetime
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import psycopg

from benchmarks.driver import Ask, Prepare, Visitor
from benchmarks.seed import SUBSCRIPTIONS_EACH, TEAM, Shape

DESK = "/admin/requests_app/subscriptionrequest/"
PURCHASE = "/requests/new/purchase/"
PER_PAGE = 25
FULL = (PER_PAGE, PER_PAGE)
SOME = (1, PER_PAGE)
AT_MOST = (0, PER_PAGE)


@dataclass
class World:
    """What can be asked for at one scale: primary keys, numbers and names that are there, many of each."""

    shape: Shape
    now: datetime.datetime
    unassigned: list[int] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    subscriptions: list[str] = field(default_factory=list)
    deep: list[tuple[datetime.datetime, int]] = field(default_factory=list)

    @property
    def askers(self) -> list[int]:
        """Customers of the first partner, of middling size: each of the visitors is the admin of one."""
        first = self.shape.customers_of_first // 4
        return list(range(first, first + TEAM))

    def customer(self, number: int) -> int:
        """Return a customer of whom there are more requests than a page shows; not always the same."""
        return 1 + number % max(self.shape.customers_of_first // 10, TEAM)


def look_around(connection: psycopg.Connection[Any], shape: Shape, now: datetime.datetime) -> World:
    """Find what can be asked for. Reads only."""

    def found(statement: str) -> list[Any]:
        return [row[0] if len(row) == 1 else row for row in connection.execute(statement).fetchall()]

    own = "SELECT {} FROM requests_app_subscriptionrequest r WHERE partner_id = 1 AND "
    closed = own.format("{}") + f"closed_at IS NOT NULL AND id > {shape.requests // 2 - 4000} ORDER BY id LIMIT 200"
    half = shape.requests // 2
    return World(
        shape,
        now,
        unassigned=found(own.format("id") + "status = 'submitted' ORDER BY deadline, id"),
        shown=found(own.format("id") + "closed_at IS NULL ORDER BY deadline, id"),
        numbers=found(closed.format("number")),
        subscriptions=found(
            "SELECT DISTINCT s.external_id FROM requests_app_subscription s JOIN requests_app_subscriptionrequest r"
            f" ON r.subscription_id = s.id WHERE s.customer_id BETWEEN 10 AND 60 AND s.id <= {60 * SUBSCRIPTIONS_EACH}"
            " ORDER BY 1"
        ),
        deep=found(own.format("submitted_at, id") + f"closed_at IS NOT NULL AND id < {half} ORDER BY id DESC LIMIT 20"),
    )


def cursor(at: datetime.datetime, pk: int) -> str:
    """Return the place behind a row in the order of newest first, as ``portal.lib.paging`` writes it."""
    return base64.urlsafe_b64encode(json.dumps(["o", at.isoformat(), pk]).encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Page:
    """One line of the table. ``site`` and ``plain`` return, for a scale, what each visitor asks for in each turn."""

    name: str
    site: Callable[[World], Prepare]
    plain: Callable[[World], Prepare] | None
    goal: float | None = 10
    """How many times as fast as the plain admin at the largest scale; None: none is set."""
    customers: bool = False
    writes: bool = False
    grows: float | None = 1.3
    """How many times as slow at the largest scale as at the smallest at the most."""
    bare: bool = True
    """Whether the plain admin is asked over nothing but Django's own indexes, too, where it reads only."""


def at(path: str, rows: tuple[int, int] | None = FULL, **query: object) -> Callable[[World], Prepare]:
    """Ask for one address, always the same."""
    address = f"{path}?{urlencode(query)}" if query else path
    return lambda world: lambda visitor, number, turn: Ask(address, rows=rows)


def varied(
    query: Callable[[World, int, int], dict[str, object]], rows: tuple[int, int] | None = FULL, path: str = DESK
) -> Callable[[World], Prepare]:
    """Ask for another address in each turn: ``query`` gets the world, the visitor's number and a running number."""

    def of(world: World) -> Prepare:
        return lambda visitor, number, turn: Ask(
            f"{path}?{urlencode(query(world, number, number + TEAM * turn))}", rows=rows
        )

    return of


def pick(choices: list[Any], number: int) -> Any:
    return choices[number * 7 % len(choices)]


def moment(world: World, hours: float) -> str:
    return (world.now + datetime.timedelta(hours=hours)).isoformat()


def request_page(world: World) -> Prepare:
    return lambda visitor, number, turn: Ask(f"{DESK}{pick(world.shown, number + TEAM * turn)}/change/")


def within_a_view(world: World) -> Prepare:
    """Ask for a request's page with the way to those beside it."""
    view = urlencode({"view": "show=open"})
    return lambda visitor, number, turn: Ask(f"{DESK}{pick(world.shown, number + TEAM * turn)}/change/?{view}")


def claim(world: World) -> Prepare:
    def ask(visitor: Visitor, number: int, turn: int) -> Ask:
        pk = world.unassigned[number + TEAM * turn]
        return Ask(f"{DESK}{pk}/claim/", {"submission_key": str(uuid.uuid4())}, 302)

    return ask


def claim_the_next(world: World) -> Prepare:
    return lambda visitor, number, turn: Ask(f"{DESK}next/", {}, 302)


def claim_in_the_list(world: World) -> Prepare:
    def ask(visitor: Visitor, number: int, turn: int) -> Ask:
        pk = world.unassigned[number + TEAM * turn]
        return Ask(DESK, {"action": "claim", "_selected_action": str(pk), "index": "0"}, 302)

    return ask


def submission(world: World) -> Prepare:
    def ask(visitor: Visitor, number: int, turn: int) -> Ask:
        form = {
            "customer": str(world.askers[number]),
            "lines-0-offer": "1",
            "lines-0-quantity": "3",
            "note": "For new colleagues",
            "submission_key": str(uuid.uuid4()),
        }
        shown = visitor.hidden_fields(f"{PURCHASE}preview/?{urlencode(form)}")
        return Ask(PURCHASE, form | {name: shown[name] for name in ("seen", "seen_for")}, 302)

    return ask


def bare_form(world: World) -> Prepare:
    return lambda visitor, number, turn: Ask(
        "/ask/", {"customer": str(world.askers[number]), "note": "For new colleagues"}, 302
    )


def agent(world: World, number: int) -> int:
    return world.shape.team_of(1)[number]


def pages() -> Iterator[Page]:
    """Return everything that is measured, in the order of the table."""
    yield Page("page 1, as it opens", at(DESK), at(DESK))
    yield Page("page 1, filters unfolded", at(DESK, filters=1), at(DESK))
    yield Page(
        "mine",
        at(DESK, AT_MOST, show="mine"),  # of some there are less than a page
        varied(lambda world, number, _: {"assignee__id__exact": agent(world, number), "closed_at__isnull": "True"}),
    )
    yield Page("unassigned", at(DESK, show="unassigned"), at(DESK, status__exact="submitted"))
    yield Page(
        "overdue",
        at(DESK, show="overdue"),
        varied(lambda world, *_: {"deadline__lt": moment(world, 0), "closed_at__isnull": "True"}),
    )
    yield Page(
        "closing today",
        at(DESK, AT_MOST, show="today"),  # late in the evening there is little left of the day
        varied(
            lambda world, *_: {
                "deadline__gte": moment(world, 0),
                "deadline__lt": (world.now + datetime.timedelta(days=1)).date().isoformat(),
                "closed_at__isnull": "True",
            },
            AT_MOST,
        ),
    )
    yield Page("waiting", at(DESK, show="waiting"), at(DESK, status__exact="waiting"))
    yield Page("to be done", at(DESK, show="approved"), at(DESK, status__exact="approved"))
    yield Page("failed", at(DESK, show="failed"), at(DESK, status__exact="failed"))
    yield Page("closed", at(DESK, show="closed"), at(DESK, closed_at__isnull="False"))
    yield Page("all", at(DESK, show="all"), at(DESK))
    yield Page("all of a kind", at(DESK, show="all", kind="cancellation"), at(DESK, kind__exact="cancellation"))
    yield Page(
        "all of a customer",
        varied(lambda world, _, turn: {"show": "all", "customer": world.customer(turn)}),
        varied(lambda world, _, turn: {"customer__id__exact": world.customer(turn)}),
    )
    yield Page(
        "all of an assignee",
        varied(lambda world, number, _: {"show": "all", "assignee": agent(world, number)}),
        varied(lambda world, number, _: {"assignee__id__exact": agent(world, number)}),
    )
    yield Page(
        "all of a product",
        varied(lambda _world, _number, turn: {"show": "all", "product": 1 + turn % 20}),
        varied(lambda _world, _number, turn: {"subscription__product__id__exact": 1 + turn % 20}),
    )
    yield Page(
        "half-way down",
        varied(lambda world, _, turn: {"show": "closed", "after": cursor(*pick(world.deep, turn))}),
        varied(lambda world, *_: {"p": world.shape.requests // 2 // PER_PAGE}),
    )
    yield from searches()
    yield Page("a request's page", request_page, request_page, bare=False)  # its menus hold everything, either way
    yield Page("a request's page within a view", within_a_view, None)  # the plain admin knows no such thing
    yield Page("claim", claim, claim_in_the_list, goal=None, writes=True)
    yield Page("claim the next", claim_the_next, claim_in_the_list, goal=None, writes=True)
    yield Page("submission", submission, bare_form, goal=None, customers=True, writes=True)


def searches() -> Iterator[Page]:
    """Return the searches; the last one looks inside of the words, and says on the page that it takes longer."""
    yield Page(
        "search: number",
        varied(lambda world, _, turn: {"q": pick(world.numbers, turn)}, (1, 1)),
        varied(lambda world, _, turn: {"q": pick(world.numbers, turn)}, (1, 1)),
        goal=50,
    )
    name: Callable[[World, int], str] = lambda world, turn: world.shape.name_of(world.customer(turn))  # noqa: E731
    yield Page(
        "search: customer",
        varied(lambda world, _, turn: {"q": name(world, turn)}),
        varied(lambda world, _, turn: {"q": name(world, turn)}),
        goal=50,
    )
    yield Page(
        "search: subscription id",
        varied(lambda world, _, turn: {"q": pick(world.subscriptions, turn)}, SOME),
        varied(lambda world, _, turn: {"q": pick(world.subscriptions, turn)}, SOME),
        goal=50,
    )
    yield Page(
        "search: inside of a name",
        varied(lambda world, _, turn: {"q": name(world, turn)[2:], "within": "anywhere"}),
        varied(lambda world, _, turn: {"q": name(world, turn)[2:]}),
        goal=None,
        grows=None,
    )


LIMIT = """
SELECT r.*, c.*, a.id, a.name, s.*, p.* FROM requests_app_subscriptionrequest r
JOIN accounts_customer c ON c.id = r.customer_id LEFT JOIN accounts_user a ON a.id = r.assignee_id
LEFT JOIN requests_app_subscription s ON s.id = r.subscription_id LEFT JOIN requests_app_product p ON p.id = s.product_id
WHERE r.partner_id = 1 AND r.status IN ('submitted', 'in_review', 'waiting', 'approved', 'failed')
AND (r.assignee_id = %s OR r.assignee_id IS NULL) ORDER BY r.deadline, r.id LIMIT 25
"""
"""What page 1 shows, by psycopg alone: how fast it could be at all."""

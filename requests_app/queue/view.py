"""What the address of the list says: which requests to show, in which order, from where on."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from django.http import QueryDict

from accounts.models import User
from requests_app.models import Kind, SubscriptionRequestQuerySet
from requests_app.queue import rows

QUEUE_ORDER = ("deadline", "pk")
ORDERS = {"deadline": QUEUE_ORDER, "newest": ("-submitted_at", "-pk"), "oldest": ("submitted_at", "pk")}

OPEN_SHOWS = ("", "mine", "unassigned", "overdue", "today", "waiting", "approved", "failed", "open")
"""What shows open requests only; the empty one is where the list opens: the reader's own and nobody's."""
BY_DEADLINE_ONLY = ("overdue", "today")
SHOWS = (*OPEN_SHOWS, "closed", "all")

PAGE_SIZES = (25, 50, 100)
LONGEST_SEARCH = 100
LONGEST_CARRIED = 2000
ANYWHERE = "anywhere"
CURSOR = re.compile(r"[A-Za-z0-9_-]{1,500}")


@dataclass(frozen=True)
class View:
    """One view of the queue. Two addresses that show the same have the same ``query()``."""

    show: str = ""
    kind: str = ""
    customer: int | None = None
    assignee: int | None = None
    partner: int | None = None
    product: int | None = None
    q: str = ""
    within: str = ""
    order: str = ""
    per: int = PAGE_SIZES[0]
    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Return what ``query`` asks for; nonsense in it counts as nothing said."""
        search = " ".join(query.get("q", "").replace("\0", " ").split())[:LONGEST_SEARCH].strip()
        show, order = _one_of(SHOWS, query.get("show")), query.get("order", "")
        per = query.get("per", "")
        after = _cursor(query.get("after", ""))
        return cls(
            show=show,
            kind=_one_of(Kind.values, query.get("kind")),
            customer=_key(query.get("customer", "")),
            assignee=_key(query.get("assignee", "")),
            partner=_key(query.get("partner", "")),
            product=_key(query.get("product", "")),
            q=search,
            within=ANYWHERE if search and query.get("within") == ANYWHERE else "",
            order=order if order in orders_of(shown(show, search))[1:] else "",
            per=int(per) if per in map(str, PAGE_SIZES) else PAGE_SIZES[0],
            after=after,
            before="" if after else _cursor(query.get("before", "")),
        )

    def query(self, **changes: Any) -> str:
        """Return the query string, without "?", that shows this view with ``changes``; what is the default is left out.

        Any change leads to the first page: a cursor is a place in the view that it was made for.
        """
        said = vars(self) | ({"after": "", "before": ""} | changes if changes else {})
        if not said["q"]:
            said["within"] = ""
        if said["order"] and said["order"] not in orders_of(shown(said["show"], said["q"]))[1:]:
            said["order"] = ""
        said = {name: value for name, value in said.items() if value != DEFAULTS[name]}
        return urlencode(said)

    @property
    def place(self) -> str:
        """The query string of the first page of this view."""
        return self.query(after="", before="")

    @property
    def carried(self) -> str:
        """The query string by which the page of a request knows that it was opened from this view."""
        return urlencode({"view": self.query()})

    @classmethod
    def carried_by(cls, query: QueryDict) -> Self | None:
        """Return the view that a request's page was opened from, None where its address says nothing of one."""
        said = query.get("view")
        return cls.of(dict(parse_qsl(said[:LONGEST_CARRIED]))) if said is not None else None

    @property
    def shown(self) -> str:
        """Which of ``SHOWS`` this is. A search that says nothing else looks everywhere."""
        return shown(self.show, self.q)

    @property
    def orders(self) -> tuple[str, ...]:
        """The names of the orders that this view can have, its default first."""
        return orders_of(self.shown)

    @property
    def ordering(self) -> tuple[str, ...]:
        """The fields that it is ordered by, the last one unique."""
        return ORDERS[self.order or self.orders[0]]

    @property
    def is_filtered(self) -> bool:
        """Whether it shows less than its tab: something is filtered or looked for."""
        return bool(self.kind or self.customer or self.assignee or self.partner or self.product or self.q)

    def rows(self, user: User, now: datetime.datetime) -> SubscriptionRequestQuerySet:
        """Return all that it shows to ``user``, on whichever page: filtered and ordered, nothing joined."""
        return rows.rows(self, user, now)


DEFAULTS = {one.name: one.default for one in fields(View)}


def shown(show: str, search: str) -> str:
    """Return what is shown where the address says ``show`` and looks for ``search``."""
    return show or ("all" if search else "")


def orders_of(show: str) -> tuple[str, ...]:
    """Return the names of the orders that a view of ``show`` can have, its default first."""
    if show in BY_DEADLINE_ONLY:
        return ("deadline",)
    return ("deadline", "newest", "oldest") if show in OPEN_SHOWS else ("newest", "oldest")


def _one_of(known: Any, value: str | None) -> str:
    return value if value in known and value is not None else ""


def _key(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None


def _cursor(value: str) -> str:
    return value if CURSOR.fullmatch(value) else ""

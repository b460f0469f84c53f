"""Looking for a request by what somebody has on the phone: a number, a customer's name, an ID of Partner Center's.

What begins with the words that were typed is found through indexes. The second wall lets an index answer only what
leaks nothing about rows that one does not see: LIKE, ``lower()`` and trigrams are not among it, comparisons are.
"""

import re
from typing import Any

from django.db.models import F, Lookup, Q, QuerySet

from accounts.models import Customer
from requests_app.correlation import number_in
from requests_app.models import Subscription

MOST_PLACES = 50
"""So many customers, and so many subscriptions, are looked at. Whoever meant another one types more."""

NUMBER = re.compile(r"(?:[Rr]-?)?([0-9]{1,9})")
LAST_CHARACTER = chr(0x10FFFF)


class BeginsWith(Lookup):
    """Whether a text begins with another: a range of an index whose columns have ``varchar_pattern_ops``."""

    lookup_name = "begins_with"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        beyond = first_beyond(self.rhs)
        sql, values = f"{column} ~>=~ %s", (*params, self.rhs)
        if not beyond:
            return f"({sql})", values
        return f"({sql} AND {column} ~<~ %s)", (*values, *params, beyond)


def first_beyond(text: str) -> str:
    """Return the least text greater than all that begin with ``text``, by code points; empty where there is none."""
    text = text.rstrip(LAST_CHARACTER)
    if not text:
        return ""
    following = ord(text[-1]) + 1
    return text[:-1] + chr(0xE000 if following == 0xD800 else following)  # surrogates are no characters


def begins(field: str, text: str) -> Q:
    """Return the condition that ``field`` begins with ``text``."""
    return Q(BeginsWith(F(field), text))


def number_begins(words: str) -> Q | None:
    """Return the condition for requests whose number begins so, with or without its R-; None where no number does."""
    if known := number_in(words):  # a correlation ID is another way to write a number
        return Q(number=known)
    number = NUMBER.fullmatch(words)
    return begins("number", f"R-{number[1]}") if number else None


def id_begins(field: str, words: str) -> Q:
    """Return the condition that an ID begins so. Partner Center writes small letters; they are found by capitals, too."""
    return begins(field, words) | begins(field, words.lower()) if words != words.lower() else begins(field, words)


def customers_named(customers: QuerySet[Customer], words: str, *, anywhere: bool = False) -> QuerySet[Customer]:
    """Return the customers, by name, whose names begin with ``words`` or, slower, have them anywhere."""
    folded = words.lower()
    condition = Q(name_folded__contains=folded) if anywhere else begins("name_folded", folded)
    return customers.filter(condition).order_by("name_folded", "pk")[:MOST_PLACES]


def subscriptions_with(
    subscriptions: QuerySet[Subscription], words: str, *, anywhere: bool = False
) -> QuerySet[Subscription]:
    """Return the subscriptions whose ID, or the ID of whose order, begins so or, slower, has ``words`` anywhere."""
    condition = Q(friendly_name__icontains=words) if anywhere else Q()
    for field in ("external_id", "order_id"):
        condition |= Q(**{f"{field}__icontains": words}) if anywhere else id_begins(field, words)
    return subscriptions.filter(condition).order_by("pk")[:MOST_PLACES]

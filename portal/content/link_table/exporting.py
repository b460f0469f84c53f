"""The links of one owner as rows of a table, which comes back unchanged and then changes nothing."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from portal.content.addresses import known_addresses
from portal.content.link_table.columns import PARTS, TEXTS, columns
from portal.lib.clouds import Cloud
from portal.lib.tables import Row, Value
from portal.models import SelfServiceLink
from requests_app.models import Confidence

AT_A_TIME = 500


def headings() -> list[str]:
    """Return the headings, in the reader's language; an import knows them in every language of the site."""
    return [column.label() for column in columns()]


def rows(links: QuerySet[SelfServiceLink]) -> Iterator[Row]:
    """Yield a row for each of ``links`` in readers' order; asked for while it is read, two statements for each 500."""
    names = [column.name for column in columns()]
    for link in links.order_by("position", "pk").prefetch_related("addresses").iterator(AT_A_TIME):
        values = values_of(link)
        yield [_written(name, values.get(name)) for name in names]


def values_of(link: SelfServiceLink) -> dict[str, Any]:
    """Return the value of each column of a link; what it has none of is not in it."""
    found: dict[str, Any] = {
        name: getattr(link, name)
        for name in ("key", "category", "service", "note", "publish_from", "publish_until", "is_draft")
    }
    for name in TEXTS:
        found |= {f"{name}_{code}": text for code, text in getattr(link, name).items()}
    for cloud, known in known_addresses(link).items():
        found |= {f"{part}_{cloud}": getattr(known, part) for part in PARTS}
    return found


def _written(name: str, value: Any) -> Value:
    """Return a value as a cell: choices by their names, a moment to the fraction of a second."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    if value and name in ("category", "service"):
        return str(dict(_choices(name)).get(value, value))
    if value and name in CONFIDENCES:
        return str(Confidence(value).label)
    return value if value is None or isinstance(value, datetime.date) else str(value)


CONFIDENCES = frozenset(f"confidence_{cloud}" for cloud in Cloud)


def _choices(name: str) -> Any:
    field: Any = SelfServiceLink._meta.get_field(name)
    return field.flatchoices

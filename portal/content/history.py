"""The versions of a link, a resource or an announcement, what each of them changed, and the way back to one."""

import datetime
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Field
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import Customer, Partner, User
from portal.content.addresses import Known
from portal.lib.clouds import Cloud
from portal.lib.display import day, moment
from portal.lib.translated import TranslatedField
from portal.models import Announcement, ContentAddressEvent, SelfServiceLink, SupportResource

KEPT_AS_IT_IS = frozenset({"id", "partner", "is_draft", "publish_from", "publish_until"})
"""Columns that a way back does not touch: whose it is, and whether readers see it now."""

type Row = SelfServiceLink | SupportResource | Announcement


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A link or a resource with its addresses, as it was after a change."""

    values: Mapping[str, Any]
    addresses: Mapping[Cloud, Known]


@dataclass(frozen=True, slots=True)
class Change:
    """What one version says differently from the one before, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """What one transaction made of a link or a resource. The first has no changes: everything in it is new."""

    number: int
    written_at: datetime.datetime
    by: User | None
    by_the_site: bool
    snapshot: Snapshot
    changes: tuple[Change, ...]


def versions(row: Row) -> list[Version]:
    """Return the versions of ``row``, the oldest first, numbered from 1; in two statements, one where it has no addresses.

    ``by`` is None where the site itself was acting, or somebody whom the person who asks may not know of.
    """
    content = row.history.select_related("acted_by")
    events: list[Any] = sorted([*content, *_of_addresses(row)], key=lambda one: (one.written_at, one.pgh_id))
    found: list[Version] = []
    values: dict[str, Any] = {}
    known: dict[Cloud, Known] = {}
    for _transaction, group in itertools.groupby(events, key=lambda one: one.pgh_created_at):
        changed = list(group)
        for event in changed:
            _apply(event, values, known)
        snapshot = Snapshot(dict(values), dict(known))
        changes = tuple(differences(type(row), found[-1].snapshot, snapshot)) if found else ()
        if found and not changes:
            continue  # changed and changed back within one transaction
        last = changed[-1]
        found.append(
            Version(
                number=len(found) + 1,
                written_at=last.written_at,
                by=last.acted_by,
                by_the_site=last.acted_by_id is None,
                snapshot=snapshot,
                changes=changes,
            )
        )
    return found


def _of_addresses(row: Row) -> Iterable[Any]:
    """Return what the history tells of the addresses of ``row``; an announcement has none."""
    if isinstance(row, Announcement):
        return ()
    owner = "link" if isinstance(row, SelfServiceLink) else "resource"
    return ContentAddressEvent.objects.filter(**{owner: row.pk}).select_related("acted_by")


def _apply(event: Any, values: dict[str, Any], known: dict[Cloud, Known]) -> None:
    """Bring a snapshot on by one event."""
    if not isinstance(event, ContentAddressEvent):
        values.update({column.attname: getattr(event, column.attname) for column in told(event.pgh_tracked_model)})
    elif event.pgh_label == "delete":
        known.pop(Cloud(event.cloud), None)
    else:
        known[Cloud(event.cloud)] = Known(event.address, event.source, event.confidence, event.verified_on)


def told(model: type[Row]) -> "list[Field[Any, Any]]":
    """Return the columns of which the history tells."""
    kept = {one.name for one in model.history.field.model._meta.concrete_fields}
    return [one for one in model._meta.concrete_fields if one.name in kept]


def as_it_was(row: Row, snapshot: Snapshot) -> Row:
    """Return ``row`` with the texts of ``snapshot``, not saved: whether it is published stays as it is now."""
    earlier = type(row)(**{one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields})
    for column in told(type(row)):
        if column.name not in KEPT_AS_IT_IS:
            setattr(earlier, column.attname, snapshot.values[column.attname])
    return earlier


# --- In words ---


def differences(model: type[Row], before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Yield what differs between two versions, field by field; a text once for each language."""
    for column in told(model):
        old, new = before.values[column.attname], after.values[column.attname]
        if old == new:
            continue
        name = capfirst(str(column.verbose_name))
        if isinstance(column, TranslatedField):
            for code, language in settings.LANGUAGES:
                if old.get(code, "") != new.get(code, ""):
                    yield Change(f"{name} ({language})", old.get(code) or "–", new.get(code) or "–")
        else:
            yield Change(name, in_words(column, old), in_words(column, new))
    for cloud in Cloud:
        yield from _of_address(cloud, before.addresses.get(cloud), after.addresses.get(cloud))


def _of_address(cloud: Cloud, before: Known | None, after: Known | None) -> Iterator[Change]:
    """Yield what differs in the address of one cloud."""
    model = ContentAddressEvent
    for part in ("address", "source", "confidence", "verified_on"):
        old, new = (getattr(one, part) if one else None for one in (before, after))
        if old != new and (old or new):
            column: Any = model._meta.get_field(part)
            name = _("{cloud}: {part}").format(cloud=cloud.label, part=column.verbose_name)
            yield Change(name, in_words(column, old), in_words(column, new))


def in_words(column: Any, value: Any) -> str:
    """Return the value of a column as a reader would say it."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime.datetime):
        return moment(value)
    if isinstance(value, datetime.date):
        return day(value)
    choices = dict(getattr(column, "base_field", column).flatchoices)
    if isinstance(value, list):
        choices |= _names(column.name, value)
        return ", ".join(str(choices.get(one, one)) for one in value) or "–"
    return str(choices.get(value, value) or "–")


def _names(column: str, keys: list[Any]) -> dict[Any, str]:
    """Return the names of the organisations that a column of an announcement holds, as far as the reader knows them."""
    model: Any = {"customers": Customer, "partners": Partner}.get(column)
    return dict(model.objects.filter(pk__in=keys).values_list("pk", "name")) if model and keys else {}

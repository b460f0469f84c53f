"""What all kinds share: a line becomes values, values become a row, and a row is held against what is on record."""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models import BooleanField, ExpressionWrapper
from django.utils import translation

from accounts.models import Partner
from requests_app.imports.columns import COLUMNS, Column
from requests_app.imports.problems import NeedsAnswer, Wrong
from requests_app.imports.reading import Line, is_empty
from requests_app.imports.values import How
from requests_app.models import LineState, Product

BATCH = 1000
"""Rows of a statement."""


@dataclass
class Found:
    """What a line would do. ``row``: what is to be written; ``changed``: names of its fields that differ."""

    number: int
    state: str = LineState.WRONG
    name: str = ""
    changes: list[list[str | None]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    row: Any = None
    key: Any = None
    changed: frozenset[str] = frozenset()

    def as_evidence(self) -> str:
        """Return what the line would do as one text: two previews are the same where all of these are."""
        return json.dumps([self.number, self.state, self.key, self.changes, self.problems], ensure_ascii=True)


@dataclass
class Said:
    """A line as it was read: the value of each field that it says something about, and what could not be read."""

    line: Line
    values: dict[str, Any]
    problems: list[dict[str, Any]]


class Comparison:
    """Compares lines with the partner's rows, a thousand at a time, in a handful of statements.

    An empty cell says nothing: what is on record stays. ``lock``: the rows that are found are locked, to be written.
    """

    kind: str
    model: type[models.Model]
    tracked: tuple[str, ...] = ()
    """The fields that a line can change, whether it says so or they follow from what it says."""

    def __init__(
        self, partner: Partner, columns: Mapping[str, int], titles: Mapping[str, str], how: How, *, lock: bool
    ) -> None:
        self.partner, self.places, self.titles, self.how, self.lock = partner, columns, titles, how, lock
        known: dict[str, Column] = {column.name: column for column in COLUMNS[self.kind]}
        self.columns = [known[name] for name in sorted(columns, key=lambda one: columns[one]) if name in known]
        self.width = 0
        self._lines_of: dict[Any, tuple[int, Any]] = {}
        self.prepare()

    def prepare(self) -> None:
        """Fetch what all lines are compared with."""

    def look_up(self, said: Sequence[Said]) -> None:
        """Fetch what these lines are compared with."""

    def row_for(self, said: Said) -> tuple[Any, Any]:
        """Return the row as it is on record (None: a new one) and as the line wants it. Raises Wrong."""
        raise NotImplementedError

    def name_of(self, row: Any, said: Said) -> str:
        raise NotImplementedError

    def after_compared(self, before: Any, row: Any, changed: set[str]) -> Iterable[Wrong]:
        """Let follow what follows from a change, and yield what is wrong about the row as a whole."""
        return ()

    def keep(self, before: Any, row: Any) -> None:
        """Let the lines behind find the row as it will be."""

    # --- A thousand lines ---

    def compare(self, lines: Sequence[Line]) -> list[Found]:
        """Return what each line would do. Raises NeedsAnswer."""
        said = [self._read(line) for line in lines]
        self.look_up(said)
        found = [self._compare(one) for one in said]
        self._ask_the_database([one for one in found if one.state in (LineState.NEW, LineState.CHANGED)])
        return found

    def _read(self, line: Line) -> Said:
        said = Said(line, {}, [])
        if self.width and any(not is_empty(cell) for cell in line.cells[self.width :]):
            extra = next(str(cell) for cell in line.cells[self.width :] if not is_empty(cell))
            said.problems.append(Wrong("more_cells", value=extra).as_json())
        for column in self.columns:
            place = self.places[column.name]
            cell = line.cells[place] if place < len(line.cells) else None
            if is_empty(cell):
                continue
            try:
                said.values[column.name] = column.read(cell, self.how)
            except NeedsAnswer as question:
                question.details |= {"line": line.number, "column": self.titles[column.name]}
                raise
            except Wrong as wrong:
                said.problems.append(self._about(column.name, wrong))
        return said

    def _about(self, name: str, wrong: Wrong) -> dict[str, Any]:
        return wrong.as_json(field=name, column=self.titles.get(name, ""))

    def _compare(self, said: Said) -> Found:
        found = Found(said.line.number, problems=said.problems)
        try:
            before, row = self.row_for(said)
        except Wrong as wrong:
            found.problems.append(self._about(wrong.details.pop("field", ""), wrong))
            found.name = self.name_of(None, said)[:200]
            return found
        found.name, found.key = self.name_of(row, said)[:200], before.pk if before is not None else None
        changed = self._differences(before, row)
        if before is None or changed:
            for problem in self.after_compared(before, row, changed):
                found.problems.append(self._about(problem.details.pop("field", ""), problem))
            changed = self._differences(before, row)
            self._check_fields(found, before, row, changed)
        if not found.problems:
            self._refuse_twice(found, before, row)
        if found.problems:
            return found
        found.state = LineState.NEW if before is None else LineState.CHANGED if changed else LineState.UNCHANGED
        found.changes = [
            [name, None if before is None else as_text(getattr(before, name)), as_text(getattr(row, name))]
            for name in self.tracked
            if name in changed
        ]
        found.row, found.changed = row, frozenset(changed)
        self.keep(before, row)
        return found

    def identity(self, before: Any, row: Any) -> Any:
        """Return what two lines about the same thing share."""
        return before.pk if before is not None else id(row)

    def _refuse_twice(self, found: Found, before: Any, row: Any) -> None:
        about = before if before is not None else row  # kept, so that nothing else gets its identity
        line, _kept = self._lines_of.setdefault(self.identity(before, row), (found.number, about))
        if line != found.number:
            found.problems.append(Wrong("same_line", line=line).as_json())

    def _differences(self, before: Any, row: Any) -> set[str]:
        if before is None:
            return {name for name in self.tracked if getattr(row, _attribute(self.model, name)) not in ("", None)}
        return {
            name
            for name in self.tracked
            if getattr(before, _attribute(self.model, name)) != getattr(row, _attribute(self.model, name))
        }

    def _check_fields(self, found: Found, before: Any, row: Any, changed: set[str]) -> None:
        """Ask each field that is new or has changed, as the forms do."""
        complained = {one.get("field") for one in found.problems}
        for name in self.tracked:
            column: Any = self.model._meta.get_field(name)
            if name in complained or column.is_relation or not (before is None or name in changed):
                continue
            value = getattr(row, name)
            if value in (None, "") and not column.blank:
                found.problems.append(self._about(name, Wrong("missing")))
                continue
            if value in (None, ""):
                continue
            try:
                column.clean(value, row)
            except ValidationError as error:
                found.problems += [self._about(name, refused(one)) for one in error.error_list]

    # --- What only the database decides ---

    def _ask_the_database(self, found: Sequence[Found]) -> None:
        """Have the table's own check constraints look at the rows that are to be written, all in one statement."""
        checks = [one for one in self.model._meta.constraints if isinstance(one, models.CheckConstraint)]
        if not found or not checks:
            return
        table = self.model._meta.db_table
        conditions: list[Any] = [one.condition for one in checks]
        asked: Any = self.model._base_manager.annotate(
            **{f"check_{n}": ExpressionWrapper(one, BooleanField()) for n, one in enumerate(conditions)}
        ).values_list("pk", *(f"check_{n}" for n in range(len(checks))))
        statement, parameters = asked.order_by().query.sql_with_params()
        rows = [
            {one.column: getattr(each.row, one.attname) for one in self.model._meta.concrete_fields} | {"id": at}
            for at, each in enumerate(found)
        ]
        with connection.cursor() as cursor:  # under the table's own name stand the rows as they will be
            cursor.execute(
                f'WITH "{table}" AS (SELECT * FROM json_populate_recordset(NULL::"{table}", %s)) {statement}',  # noqa: S608
                [json.dumps(rows, cls=DjangoJSONEncoder), *parameters],
            )
            answers = cursor.fetchall()
        for at, *held in answers:
            for check, holds in zip(checks, held, strict=True):
                if holds is False:
                    found[at].state, found[at].changes = LineState.WRONG, []
                    found[at].problems.append(refused_by(check))

    # --- Writing ---

    def write(self, found: Sequence[Found], *, actor_id: int, note: str) -> None:
        """Write what is new and what has changed, and who did it. In the caller's transaction."""
        new = [one for one in found if one.state == LineState.NEW]
        changed = [one for one in found if one.state == LineState.CHANGED]
        rows: Any = self.model._default_manager
        rows.bulk_create([one.row for one in new], batch_size=BATCH)
        written = sorted(set().union(*(one.changed for one in changed), self.follows_unseen) if changed else set())
        if changed:
            rows.bulk_create(
                [one.row for one in changed],
                batch_size=BATCH,
                update_conflicts=True,
                unique_fields=["pk"],
                update_fields=written,
            )
        self.after_written(changed)
        log(self.model, [one.row for one in new], ADDITION, actor_id, note)
        log(self.model, [one.row for one in changed], CHANGE, actor_id, note)

    follows_unseen: tuple[str, ...] = ()
    """Fields that are written with a change, but tell a reader nothing."""

    def after_written(self, changed: Sequence[Found]) -> None:
        """Do elsewhere what follows from what has changed."""


def log(model: type[models.Model], rows: Sequence[Any], flag: int, actor_id: int, note: str) -> None:
    """Note in the admin's history of each row who imported it from where."""
    kind = ContentType.objects.get_for_model(model)
    LogEntry.objects.bulk_create(
        [
            LogEntry(
                user_id=actor_id, content_type=kind, object_id=str(row.pk), object_repr=str(row)[:200], action_flag=flag,
                change_message=note,
            )
            for row in rows
        ],
        batch_size=BATCH,
    )  # fmt: skip


def _attribute(model: type[models.Model], name: str) -> str:
    return str(getattr(model._meta.get_field(name), "attname", name))


def as_text(value: Any) -> str | None:
    """Return a value as a preview keeps it: codes rather than words, so that each reader gets their own words."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Product):
        return f"{value.name.in_language('en')} ({value.catalog_item_id})"
    return str(value)


def refused(error: ValidationError) -> Wrong:
    """Return what a validator says, as it stands in the source: its reader's language is not known yet."""
    with translation.override("en"):
        message = str(error.message)
        params = {name: str(value) for name, value in (error.params or {}).items() if isinstance(value, (str, int))}
    return Wrong("refused", text=message, **params)


def refused_by(check: models.CheckConstraint) -> dict[str, Any]:
    with translation.override("en"):
        return Wrong("refused", text=str(check.get_violation_error_message())).as_json()


class Products:
    """The catalogue, found by its IDs or by names in any language."""

    def __init__(self) -> None:
        self.by_id: dict[str, Product] = {}
        self.by_name: dict[str, list[Product]] = {}
        for product in Product.objects.all():
            self.by_id[product.catalog_item_id.lower()] = product
            for name in {one.strip().lower() for one in product.name.values() if one}:
                self.by_name.setdefault(name, []).append(product)

    def find(self, values: Mapping[str, Any]) -> Product | None:
        """Return the product that a line names; None where it names none. Raises Wrong where the catalogue lacks it."""
        one, two = values.get("product_id", ""), values.get("sku_id", "")
        item = values.get("catalog_item_id") or (f"{one}:{two}" if one and two else one)
        if item:
            name = "catalog_item_id" if values.get("catalog_item_id") else "product_id"
            for key in (item.lower(), item.lower().rpartition(":")[0] if item.count(":") > 1 else ""):
                if key in self.by_id:
                    return self.by_id[key]
            raise Wrong("no_product", value=item, field=name)
        if not (name := values.get("product_name", "")):
            return None
        named = self.by_name.get(name.strip().lower(), [])
        if len(named) > 1:
            raise Wrong("several_products", value=name, field="product_name")
        if not named:
            raise Wrong("no_product", value=name, field="product_name")
        return named[0]

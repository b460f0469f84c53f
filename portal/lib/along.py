"""Rows that belong to a row, read in the statement that reads the row: a prefetch without a statement of its own.

For the few rows that stand beside one: each travels as a JSON object, which costs more than columns where there are many.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models


def along(rows: models.QuerySet[Any], *joined: str) -> ArraySubquery:
    """Return an annotation that reads ``rows``, which name the outer row with OuterRef and say their order.

    ``joined``: the foreign keys to follow, ``offer`` before ``offer__product``, none of which may be empty; each row comes
    with what they lead to.
    """
    return ArraySubquery(rows.values(one=_Rows(rows.model, ["", *joined])))


def attach(instance: models.Model, relation: str, found: Sequence[str]) -> None:
    """Let ``instance.<relation>.all()`` be what :func:`along` has found; without asking the database again."""
    manager = getattr(instance, relation)
    rows = [_row(manager.model, one, instance._state.db) for one in found]
    for row in rows:
        manager.field.set_cached_value(row, instance)
    known = manager.all()
    known._result_cache, known._prefetch_done = rows, True
    vars(instance).setdefault("_prefetched_objects_cache", {})[relation] = known


class _Rows(models.Func):
    """Whole rows of the tables at the end of some paths, as a JSON object by path. PostgreSQL's own, not column by column."""

    output_field = models.TextField()

    def __init__(self, model: type[models.Model], paths: Sequence[str]) -> None:
        self.paths = paths
        # A column that only its own table has: asked for a primary key, Django would stay at the foreign key.
        super().__init__(*(models.F(_within(path, _columns(_at(model, path))[1].attname)) for path in paths))

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        tables = [compiler.quote_name(column.alias) for column in self.get_source_expressions()]
        pairs = ", ".join(f"'{path}', to_jsonb({table})" for path, table in zip(self.paths, tables, strict=True))
        return f"jsonb_build_object({pairs})::text", ()


def _row(model: type[models.Model], found: str, database: str | None) -> Any:
    rows: dict[str, Any] = {}
    # JSON's numbers are no decimals once they are read as floats.
    for path, values in sorted(json.loads(found, parse_float=Decimal).items()):
        columns = _columns(_at(model, path))
        names = [one.attname for one in columns]
        rows[path] = _at(model, path).from_db(database, names, [one.to_python(values[one.column]) for one in columns])
        if path:
            before, _, name = path.rpartition("__")
            setattr(rows[before], name, rows[path])
    return rows[""]


def _at(model: type[models.Model], path: str) -> type[models.Model]:
    for name in path.split("__") if path else []:
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]
    return model


def _within(path: str, name: str) -> str:
    return f"{path}__{name}" if path else name


def _columns(model: type[models.Model]) -> list[Any]:
    return list(model._meta.concrete_fields)

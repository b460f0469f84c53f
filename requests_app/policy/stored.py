"""Frozen dataclasses of dates, numbers and codes as plain JSON, and exactly back."""

import dataclasses
import datetime
import types
from enum import Enum
from typing import Any, cast, get_args, get_origin, get_type_hints


def to_plain(value: Any) -> Any:
    """Return ``value`` as dicts, lists, texts and numbers. Moments are written in UTC.

    Raises TypeError for a type that :func:`from_plain` would not know.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} has no plain form")


def from_plain[T](kind: type[T], plain: Any) -> T:
    """Return what :func:`to_plain` made ``plain`` of, a ``kind``. Raises ValueError where it is not such a thing."""
    try:
        return cast("T", _from_plain(kind, plain))
    except (TypeError, AttributeError, KeyError) as error:
        raise ValueError(f"not a stored {kind.__name__}: {error}") from error


def _from_plain(kind: Any, plain: Any) -> Any:
    if isinstance(kind, types.UnionType):
        if plain is None:
            return None
        [kind] = [member for member in get_args(kind) if member is not types.NoneType]
    if get_origin(kind) is tuple:
        return tuple(_from_plain(get_args(kind)[0], item) for item in plain)
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return cast("Any", kind)(**{name: _from_plain(hints[name], value) for name, value in plain.items()})
    if issubclass(kind, datetime.datetime | datetime.date):
        return kind.fromisoformat(plain)
    if issubclass(kind, Enum):
        return kind(plain)
    if type(plain) is not kind:
        raise TypeError(f"{plain!r} is no {kind.__name__}")
    return plain

"""In which column of a file each field stands: suggested from the headings, remembered once somebody has said so."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from openpyxl.utils import get_column_letter

from accounts.models import Partner
from requests_app.imports.columns import COLUMNS, heading_key
from requests_app.models import ImportMapping, ImportRun


def digest(headings: Sequence[str]) -> str:
    """Return what files with the same headings share, in whatever order they have them."""
    return hashlib.sha256(json.dumps(sorted(map(heading_key, headings))).encode()).hexdigest()


def suggested(kind: str, headings: Sequence[str]) -> dict[str, int]:
    """Return the column of each field by its heading. Headings that stand there twice are left to the reader."""
    keys = [heading_key(one) for one in headings]
    free = {key: position for position, key in enumerate(keys) if key and keys.count(key) == 1}
    found: dict[str, int] = {}
    names = {column.name: column.names() for column in COLUMNS[kind]}
    for surest in range(max(map(len, names.values()))):  # the surest names of all fields before the second ones of any
        for name, its in names.items():
            if name not in found and surest < len(its) and its[surest] in free:
                found[name] = free.pop(its[surest])
    return found


def remembered(partner: Partner, kind: str, headings: Sequence[str]) -> tuple[dict[str, int], dict[str, Any]] | None:
    """Return what somebody of the partner has said about such a file: the columns, and how dates are read."""
    row = ImportMapping.objects.filter(partner=partner, kind=kind, headings_digest=digest(headings)).first()
    if row is None:
        return None
    keys = [heading_key(one) for one in headings]
    known = {column.name for column in COLUMNS[kind]}
    found = {}
    for name, (key, which) in row.columns.items():
        places = [position for position, one in enumerate(keys) if one == key]
        if name in known and which < len(places):
            found[name] = places[which]
    return found, row.how


def remember(run: ImportRun, now: datetime) -> None:
    """Keep what the columns of the run's file mean, for the next file with the same headings."""
    keys = [heading_key(one) for one in run.headings]
    columns = {name: [keys[place], keys[:place].count(keys[place])] for name, place in run.columns.items()}
    ImportMapping.objects.update_or_create(
        partner=run.partner,
        kind=run.kind,
        headings_digest=digest(run.headings),
        defaults={
            "columns": columns,
            "how": {name: run.how[name] for name in ("dates", "serials") if run.how.get(name)},
            "changed_at": now,
        },
    )


def title(headings: Sequence[str], place: int) -> str:
    """Return a column as its reader knows it: its heading, and its letter where that alone would not tell."""
    heading = headings[place] if place < len(headings) else ""
    if heading and [heading_key(one) for one in headings].count(heading_key(heading)) == 1:
        return heading
    return f"{heading} ({get_column_letter(place + 1)})".strip()


def titles(run: ImportRun) -> dict[str, str]:
    """Return the title of each field's column."""
    columns: Mapping[str, int] = run.columns
    return {name: title(run.headings, place) for name, place in columns.items()}

"""The addresses of a link or a resource, written as a whole."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from portal.lib.clouds import Cloud
from portal.models import ContentAddress, SelfServiceLink, SupportResource
from requests_app.models import Confidence


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of an address in one cloud, apart from what the site's own check has found."""

    address: str
    source: str = ""
    confidence: str = Confidence.MEDIUM
    verified_on: datetime.date | None = None


def known_addresses(content: SelfServiceLink | SupportResource) -> dict[Cloud, Known]:
    """Return what is kept for each cloud where ``content`` leads somewhere; one statement, none where prefetched."""
    if content._state.adding:
        return {}
    return {
        Cloud(row.cloud): Known(row.address, row.source, row.confidence, row.verified_on)
        for row in content.addresses.all()
    }


def set_addresses(content: SelfServiceLink | SupportResource, known: Mapping[Cloud, Known]) -> bool:
    """Make ``known`` the addresses of ``content``, in every cloud; return whether anything has changed.

    Where the address itself changes, what the site's check had found of the old one is forgotten. Rows that stay as
    they are, are not written. The row of ``content`` has to be locked.
    """
    rows: dict[str, ContentAddress] = {row.cloud: row for row in content.addresses.all()}
    changed = False
    for cloud in Cloud:
        row, wanted = rows.get(cloud), known.get(cloud)
        if wanted is None:
            if row is not None:
                row.delete()
                changed = True
            continue
        if row is None:
            row = ContentAddress(cloud=cloud)
            if isinstance(content, SelfServiceLink):
                row.link = content
            else:
                row.resource = content
        elif Known(row.address, row.source, row.confidence, row.verified_on) == wanted:
            continue
        elif row.address != wanted.address:
            row.forget_check()
        row.address, row.source = wanted.address, wanted.source
        row.confidence, row.verified_on = wanted.confidence, wanted.verified_on
        row.save()
        changed = True
    return changed

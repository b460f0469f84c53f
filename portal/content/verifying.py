"""Somebody has looked at an address: it is right, or it has moved and is taken over."""

import datetime
from collections.abc import Collection, Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from portal.models import CheckResult, ContentAddress, SelfServiceLink, SupportResource


class NotTakenOver(Exception):
    """An address stays as it is; the text is a sentence for the reader."""


def locked(user: User, keys: Collection[int]) -> list[ContentAddress]:
    """Return those of the addresses that ``user`` keeps, locked with what they belong to, always in the same order."""
    kept = ContentAddress.objects.kept_by(user).filter(pk__in=keys).order_by()
    found = list(kept.values_list("pk", "link_id", "resource_id"))
    for model, owners in (
        (SelfServiceLink, {link for _pk, link, _resource in found if link}),
        (SupportResource, {resource for _pk, _link, resource in found if resource}),
    ):
        if owners:
            rows = model._default_manager.filter(pk__in=owners).order_by("pk")
            list(rows.select_for_update().values_list("pk"))
    addresses = ContentAddress.objects.filter(pk__in=[pk for pk, _link, _resource in found]).order_by("pk")
    return list(addresses.select_for_update(of=("self",)))


def verify(user: User, seen: Mapping[int, str], today: datetime.date) -> tuple[int, int]:
    """Note that ``user`` has looked at addresses on ``today``, their own day: each by its key, as they have seen it.

    Return how many are verified, and how many are not because they are others by now. What somebody else keeps is
    neither. Versions record who it was.
    """
    rows = locked(user, seen)
    same = [row for row in rows if row.address == seen[row.pk]]
    ContentAddress.objects.filter(pk__in=[row.pk for row in same]).update(verified_on=today)
    return len(same), len(rows) - len(same)


def take_over(user: User, key: int, leads_to: str) -> ContentAddress | None:
    """Make the address that a check was led to the address; return it, None where ``user`` keeps no such one.

    Nobody has verified it then, so that it is due. Raises NotTakenOver where it leads elsewhere by now, or could not be
    typed either.
    """
    row = next(iter(locked(user, [key])), None)
    if row is None:
        return None
    if row.check_result != CheckResult.MOVED or row.leads_to != leads_to:
        raise NotTakenOver(_("The check has found something else meanwhile. Look at it, then decide."))
    row.source = (_("Redirected from %(address)s") % {"address": row.address})[:400]
    row.address, row.verified_on = leads_to, None
    row.forget_check()
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        raise NotTakenOver(" ".join(error.messages)) from None
    row.save()
    return row

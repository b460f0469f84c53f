"""Which requests a step is meant for, and what would come of it for them. Reads only, one statement for each."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import ngettext

from accounts.models import User
from requests_app import queue
from requests_app.models import MOST_AT_ONCE, Action, BulkRun, Status, SubscriptionRequest, SubscriptionRequestQuerySet
from requests_app.workflow import TRANSITIONS


class Chosen(NamedTuple):
    """A request as it was when it was looked up."""

    pk: int
    number: str
    version: int
    status: str
    partner_id: int
    author_id: int
    assignee_id: int | None


COLUMNS = Chosen._fields


def selected(user: User, keys: Iterable[int]) -> list[Chosen]:
    """Return the requests of these keys that ``user`` works, those that have left the view meanwhile included."""
    return _chosen(queue.worked_by(user).filter(pk__in=list(keys)[:MOST_AT_ONCE]).order_by("pk"))


def everything(rows: SubscriptionRequestQuerySet, newest: int | None = None) -> tuple[list[Chosen], bool]:
    """Return what a view shows, the first 10,000 by its order, and whether there is more.

    ``newest``: the largest key when the reader was asked. What has come in since then is not among them.
    """
    if newest is not None:
        rows = rows.filter(pk__lte=newest)
    found = _chosen(rows[: MOST_AT_ONCE + 1])
    return sorted(found[:MOST_AT_ONCE]), len(found) > MOST_AT_ONCE


def _chosen(rows: SubscriptionRequestQuerySet) -> list[Chosen]:
    return [Chosen(*values) for values in rows.values_list(*COLUMNS)]


@dataclass(frozen=True)
class Outlook:
    """For how many a step is possible as things stand, and why not for the others: sentences, the most frequent first."""

    possible: int
    left: list[str]


def outlook(step: BulkRun.Step, chosen: Iterable[Chosen], user: User) -> Outlook:
    """Return what a step would come to, if nobody else did anything meanwhile."""
    possible, own, by_status = 0, 0, Counter[str]()
    transition = TRANSITIONS[Action(step)]
    sources = transition.sources | (TRANSITIONS[Action.CLAIM].sources if step == BulkRun.Step.ASSIGN else set())
    for one in chosen:
        claims = one.status in TRANSITIONS[Action.CLAIM].sources
        if one.status not in sources:
            by_status[one.status] += 1
        elif one.author_id == user.pk and (claims or not transition.by_author):
            own += 1
        else:
            possible += 1
    left = [_in_status(step, Status(status), count) for status, count in by_status.most_common()]
    if own:
        text = ngettext(
            "%(count)d request you have filed yourself: a colleague decides.",
            "%(count)d requests you have filed yourself: a colleague decides.",
            own,
        )
        left.append(text % {"count": own})
    return Outlook(possible, left)


def _in_status(step: BulkRun.Step, status: Status, count: int) -> str:
    values = {"count": count, "status": status.label}
    if step == BulkRun.Step.DECLINE and status == Status.SUBMITTED:
        text = ngettext(
            "%(count)d request is “%(status)s”: claim it first.",
            "%(count)d requests are “%(status)s”: claim them first.",
            count,
        )
    elif step == BulkRun.Step.RELEASE and status in TRANSITIONS[Action.REASSIGN].sources:
        text = ngettext(
            "%(count)d request is “%(status)s” and stays with whoever has it: assign it to somebody.",
            "%(count)d requests are “%(status)s” and stay with whoever has them: assign them to somebody.",
            count,
        )
    else:
        text = ngettext(
            "%(count)d request is “%(status)s”, where this step is not possible.",
            "%(count)d requests are “%(status)s”, where this step is not possible.",
            count,
        )
    return text % values


def is_anybodys(filed: SubscriptionRequest) -> bool:
    """Return whether nobody has claimed a request."""
    return filed.status in TRANSITIONS[Action.CLAIM].sources

"""Taking one step with many requests: each by itself, as the person, once."""

import datetime
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from portal.lib import jobs, locks
from portal.lib.acting import acting_as
from requests_app import notifications, queue, workflow
from requests_app.bulk.selection import Chosen, is_anybodys
from requests_app.models import BulkItem, BulkRun, SubscriptionRequest
from requests_app.workflow import Sent

TAKEN_AT_ONCE = 50
"""So many are done while the reader waits, more of them in the background."""

SLICE = 15
"""Seconds after which the job lets others have their turn: mails must not wait behind ten thousand steps."""

PATIENCE = 10
"""Seconds that one step waits for a request that somebody else holds; then it is passed over, and the report says so."""

KEPT = datetime.timedelta(days=90)
"""How long it is told what became of a run."""

logger = logging.getLogger(__name__)

Outcome, Step = BulkItem.Outcome, BulkRun.Step


class RunsAlready(Exception):
    """The same form has been sent before: ``run`` is what came of it; None where it is somebody else's."""

    def __init__(self, run: BulkRun | None) -> None:
        super().__init__()
        self.run = run


def start(
    user: User,
    step: BulkRun.Step,
    chosen: Sequence[Chosen],
    *,
    key: uuid.UUID,
    assignee: User | None = None,
    text: str = "",
) -> BulkRun:
    """Write a run down and, of a few requests, take the steps; of many, enqueue the job that does.

    ``key``: of the form; the reason or note and, to assign, the colleague go with each step. Runs in the caller's
    transaction, as ``user``. Raises RunsAlready where the form has been sent before.
    """
    try:
        with transaction.atomic():
            run = BulkRun.objects.create(
                key=key,
                started_by=user,
                step=step,
                assignee=assignee,
                text=text,
                language=translation.get_language() or "en",
                total=len(chosen),
                started_at=timezone.now(),
            )
    except IntegrityError as error:
        if "requests_app_bulkrun_key" not in str(error):
            raise
        raise RunsAlready(BulkRun.objects.visible_to(user).filter(key=key).first()) from error
    items = BulkItem.objects.bulk_create(
        BulkItem(run=run, subscription_request_id=one.pk, number=one.number, version=one.version) for one in chosen
    )
    if len(items) > TAKEN_AT_ONCE:
        enqueue(run.pk, user.pk)
        return run
    locks.wait_at_most(PATIENCE)
    for item in items:  # by primary key: two people who do this at once lock the rows in the same order
        take(item, user)
    finish(run.pk)
    return run


def enqueue(run_id: int, person_id: int) -> None:
    """Enqueue the job that goes on with a run, in the caller's transaction."""
    from requests_app.tasks import take_bulk_steps  # noqa: PLC0415 - the task needs this module, this one the task

    jobs.enqueue(take_bulk_steps, run_id=run_id, person_id=person_id)


def go_on(run_id: int, person_id: int, *, seconds: float = SLICE) -> None:
    """Take the steps that are left, each in a transaction of its own; after so many seconds leave the rest to a new job.

    Safe to run twice, also at the same time: what one has locked the other passes over. What became of a request is
    noted in the transaction of its step, so that a worker that is killed leaves neither without the other.
    """
    until, after = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        with acting_as(person_id):
            item = _next(run_id, after)
            if item is None:
                finish(run_id)
                return
            locks.wait_at_most(PATIENCE)
            take(item, item.run.started_by)
            after = item.pk
    with acting_as(person_id):
        enqueue(run_id, person_id)


def _next(run_id: int, after: int) -> BulkItem | None:
    """Lock and return the next item. Its run's person is read anew for each: a role may have been lost meanwhile."""
    return (
        BulkItem.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("run__started_by", "run__assignee")
        .filter(run_id=run_id, outcome=Outcome.PENDING, pk__gt=after)
        .order_by("pk")
        .first()
    )


def finish(run_id: int) -> None:
    """Note that a run is over, where nothing of it is left; who was handed requests is told of all of them then."""
    from requests_app.tasks import notify_of_hand_over  # noqa: PLC0415 - as above

    left = BulkItem.objects.filter(run_id=run_id, outcome=Outcome.PENDING)
    if not left.exists():
        over = BulkRun.objects.filter(pk=run_id, finished_at=None).update(finished_at=timezone.now())
        if over and BulkRun.objects.filter(pk=run_id, step=Step.ASSIGN, total__gt=1).exists():
            jobs.enqueue(notify_of_hand_over, run_id=run_id)


def take(item: BulkItem, user: User) -> None:
    """Take the step with one request as ``user`` and note what became of it; a refusal undoes this one step alone.

    So does a request that somebody else holds for longer than ``PATIENCE``. Raises OperationalError and InterfaceError
    otherwise: that is about the database, not about the request.
    """
    with translation.override(item.run.language), timezone.override(user.zone):
        item.outcome, item.sentence = _taken(item, user)
    item.save(update_fields=["outcome", "sentence"])


def _taken(item: BulkItem, user: User) -> tuple[str, str]:
    filed = queue.worked_by(user).filter(pk=item.subscription_request_id).first()
    if filed is None:
        return Outcome.GONE, ""
    try:
        with transaction.atomic():
            _step(item, filed, user)
    except workflow.StepNotAllowed as error:
        return Outcome.MOVED, str(error)
    except workflow.WorkflowError as error:
        return Outcome.REFUSED, str(error)
    except PermissionDenied as error:
        return Outcome.NOT_ALLOWED, str(error)
    except OperationalError as error:
        if not locks.was_held(error):
            raise
        return Outcome.REFUSED, _("Somebody else was at work on it for too long: it was left as it is. Try again.")
    except InterfaceError:
        raise
    except Exception:
        logger.exception("One of many could not be done: %s", item.number)
        return Outcome.ERROR, ""
    return Outcome.DONE, ""


def _step(item: BulkItem, filed: SubscriptionRequest, user: User) -> None:
    run = item.run
    sent = Sent(key=_key(run, filed.pk, "step"), version=item.version)
    if run.step == Step.CLAIM:
        workflow.claim(filed, actor=user, sent=sent)
    elif run.step == Step.RELEASE:
        workflow.release(filed, actor=user, note=run.text, sent=sent)
    elif run.step == Step.DECLINE:
        workflow.decline(filed, actor=user, reason=run.text, sent=sent)
    else:
        _assign(item, filed, user, sent)


def _assign(item: BulkItem, filed: SubscriptionRequest, user: User, sent: Sent) -> None:
    """Give a request to the colleague; one that nobody has is claimed first, by whoever gives it.

    The colleague hears of all of them together, once the run is over.
    """
    assignee = item.run.assignee
    assert assignee is not None  # a constraint of the table
    if is_anybodys(filed):
        claimed = workflow.claim(
            filed, actor=user, sent=Sent(key=_key(item.run, filed.pk, "claim"), version=item.version)
        )
        if assignee == user:
            return
        sent = replace(sent, version=claimed.version)
    elif filed.assignee_id == assignee.pk:
        raise workflow.WorkflowError(_("%(who)s has it already.") % {"who": assignee})
    sent = replace(sent, tells=item.run.total == 1)
    workflow.reassign(filed, actor=user, assignee=assignee, note=item.run.text, sent=sent)


def _key(run: BulkRun, request_id: int, step: str) -> uuid.UUID:
    """Return the key of a step: the same for the same run and request, however often it is tried."""
    return uuid.uuid5(run.key, f"{request_id}:{step}")


def tell(run_id: int) -> None:
    """Queue the mails about what a run has handed over: one for each person and direction."""
    run = BulkRun.objects.select_related("started_by", "assignee").filter(pk=run_id).first()
    if run is None:
        return
    taken = run.items.filter(outcome=Outcome.DONE).values_list("subscription_request_id", flat=True)
    notifications.notify_of_hand_over(run, [_key(run, pk, "step") for pk in taken])


def remove_old(now: datetime.datetime) -> int:
    """Remove the runs of long ago, with what became of each request; the requests keep their own history."""
    removed, _by_model = BulkRun.objects.filter(started_at__lt=now - KEPT).delete()
    return removed

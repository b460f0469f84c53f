"""How every step is taken: one transaction, in one order. The only writer of a request's status."""

import datetime
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import roles_of
from portal.lib import jobs
from requests_app import attachments, revalidation
from requests_app.attachments import Upload
from requests_app.models import Action, RequestEvent, SubscriptionRequest
from requests_app.workflow.table import (
    ASK,
    CLOSING,
    DECISIONS,
    INTERNAL,
    TALK,
    TRANSITIONS,
    PictureChanged,
    StepNotAllowed,
    is_answer,
    require_step,
    who_was_quicker,
    why_not,
)


@dataclass(frozen=True)
class Sent:
    """What a form carries besides what was typed.

    ``key``: of the form; sent twice it acts once. ``version``: of the request that the page showed; another one means
    that somebody was quicker. ``seen``: the digest of the picture that was shown, of what will happen (asking) or of
    what has changed (deciding). ``read_before``: keys of the support resources opened just before. ``uploads``: files.
    ``tells``: False where the step is one of many that people are told of together (``bulk``).
    """

    key: uuid.UUID | None = None
    version: int | None = None
    seen: str | None = None
    read_before: Sequence[str] = ()
    uploads: Sequence[Upload] = ()
    tells: bool = True


NOTHING_ELSE = Sent()

type Change = Callable[[SubscriptionRequest, datetime.datetime], list[str]]


def change_nothing(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
    """Change no more than the status."""
    return []


def run(
    action: Action,
    subscription_request: SubscriptionRequest,
    actor: User,
    change: Change = change_nothing,
    *,
    note: str = "",
    sent: Sent = NOTHING_ELSE,
) -> SubscriptionRequest:
    """Take a step: lock the row, check permission, state and version, change, write the event, enqueue what is slow.

    ``change`` edits the locked row and returns the names of the fields it has written; ``now`` is read once. Returns
    the row as it is afterwards; sent again with the same key, as it is now. Raises PermissionDenied, StepNotAllowed,
    PictureChanged.
    """
    try:
        with transaction.atomic():
            return _take(action, subscription_request, actor, change, note, sent)
    except IntegrityError as error:
        if "requests_app_requestevent_key" in str(error):
            raise _form_of_something_else() from error
        raise


def _take(
    action: Action, subscription_request: SubscriptionRequest, actor: User, change: Change, note: str, sent: Sent
) -> SubscriptionRequest:
    transition = TRANSITIONS[action]
    locked = (
        SubscriptionRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("customer__partner", "assignee", "subscription__product")
        .get(pk=subscription_request.pk)
    )
    require_step(action, locked, actor)
    before = locked.events.filter(key=sent.key, actor=actor).first() if sent.key else None
    if before is not None:
        if before.action != action:
            raise _form_of_something_else()
        return locked
    if locked.status not in transition.sources:
        raise StepNotAllowed(why_not(locked, actor))
    talks = action in TALK
    # A colleague's turn, which the customer does not see, must not refuse the customer's answer.
    version = locked.shared_version if transition.capabilities == ASK else locked.version
    if sent.version not in (None, version) and not talks:
        raise StepNotAllowed(who_was_quicker(locked, actor))
    now = timezone.now()
    changes = _what_has_changed(locked, now, sent) if action in DECISIONS else []
    from_status = locked.status
    changed = change(locked, now)
    if transition.target is not None:
        locked.status = transition.target
        changed = ["status", *changed]
    if transition.target in CLOSING:
        locked.closed_at = now
        changed = [*changed, "closed_at"]
    by_customer = action == Action.MESSAGE and locked.customer_id in roles_of(actor).at_customers
    if locked.answered_at is None and is_answer(action, by_customer=by_customer):
        locked.answered_at = max(now, locked.submitted_at)  # the clocks of two machines may differ
        changed = [*changed, "answered_at"]
    if not talks:
        locked.version += 1
        locked.internal_steps += action in INTERNAL
        changed = ["version", "internal_steps", *changed]
    if changed:
        locked.save(update_fields=changed)
    record(locked, action, actor, now, from_status=from_status, note=note, changes=changes, sent=sent)
    return locked


def _form_of_something_else() -> StepNotAllowed:
    """The key is that of another step, another request's, or somebody else's: nothing says what was meant."""
    return StepNotAllowed(_("This form cannot be sent again. Open it anew."))


def _what_has_changed(locked: SubscriptionRequest, now: datetime.datetime, sent: Sent) -> list[dict[str, Any]]:
    changes = revalidation.changes_since_filing(locked, now)
    if sent.seen is not None and sent.seen != revalidation.digest(changes):
        raise PictureChanged(
            _("Something has changed since this page was shown. Look at what it is, then decide again.")
        )
    return changes


def record(
    subscription_request: SubscriptionRequest,
    action: Action,
    actor: User | None,
    now: datetime.datetime,
    *,
    from_status: str,
    note: str = "",
    changes: Sequence[dict[str, Any]] = (),
    sent: Sent = NOTHING_ELSE,
) -> RequestEvent:
    """Append to the history, keep the files that came along, and enqueue the job that tells people."""
    from requests_app.tasks import notify_people  # noqa: PLC0415 - the task needs the notifications, they this module

    event = RequestEvent.objects.create(
        subscription_request=subscription_request,
        action=action,
        from_status=from_status,
        to_status=subscription_request.status,
        actor=actor,
        assignee_id=subscription_request.assignee_id,
        is_internal=action in INTERNAL,
        note=note,
        changes=list(changes),
        key=sent.key if action != Action.SUBMIT else None,
        created_at=now,
    )
    attachments.keep(event, sent.uploads)
    if sent.tells:
        jobs.enqueue(notify_people, event_id=event.pk)
    return event

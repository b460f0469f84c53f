"""Mails: rendered in the reader's language and queued in the caller's transaction. ``accounts.delivery`` sends them."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import make_msgid
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.template.loader import render_to_string
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import OutgoingMail, User
from accounts.permissions import Capability, can
from portal.lib import jobs
from portal.lib.acting import SITE, acting_as
from portal.lib.languages import first_known


def language_of(user: User) -> str:
    """Return the language that mails to ``user`` are written in: the chosen one, else that of the last sign-in."""
    return first_known(user.language, user.last_language) or settings.LANGUAGE_CODE


@dataclass(frozen=True)
class Message:
    """What a mail says, in plain text and in HTML, and of which kind it is: all that staff get to see of it."""

    subject: str
    text: str
    html: str
    kind: str = ""


def render(template_prefix: str, context: dict[str, Any]) -> Message:
    """Render ``<prefix>_subject.txt``, ``_message.txt`` and ``_message.html`` in the active language."""
    subject = " ".join(render_to_string(f"{template_prefix}_subject.txt", context).split())
    text = render_to_string(f"{template_prefix}_message.txt", context).strip() + "\n"
    html = render_to_string(f"{template_prefix}_message.html", context | {"subject": subject})
    return Message(subject, text, html, kind=template_prefix.rsplit("/", 1)[-1])


@acting_as(SITE)  # nobody reads mails on their way, not even who caused them
def queue(message: Message, *, recipient: str, key: str = "") -> None:
    """Write a mail down and enqueue its sending, both in the caller's transaction.

    With a ``key`` that was used before nothing happens: one event is told to one person once. A key is remembered for
    400 days after its mail has left (``accounts.delivery.tidy``).
    """
    _write_down(message, recipient, key)


@acting_as(SITE)
def discard(message: Message, *, recipient: str) -> None:
    """Do what :func:`queue` does and undo it: the time an answer takes does not tell whether an address is known."""
    _write_down(message, recipient[: OutgoingMail._meta.get_field("recipient").max_length])
    transaction.set_rollback(True)


def _write_down(message: Message, recipient: str, key: str = "") -> None:
    from accounts.tasks import send_mail  # noqa: PLC0415 - the task needs this module

    values = {
        "kind": message.kind,
        "recipient": recipient,
        "subject": message.subject[:250],
        "text": message.text,
        "html": message.html,
        "message_id": make_msgid(domain=settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].rstrip(">")),
    }
    mail, created = OutgoingMail.objects.get_or_create(key=key or uuid.uuid4().hex, defaults=values)
    if created:
        jobs.enqueue(send_mail, lock=mail.lock, mail_id=mail.pk)


def send_again(mail_ids: Iterable[int], *, actor: User) -> list[int]:
    """Let mails that have not left take a turn at once, with as many tries as a new one; return which.

    Left out are those that have left meanwhile and those whose texts have been erased. Raises PermissionDenied unless
    ``actor`` looks after the site's partners and people.
    """
    if not can(actor, Capability.MANAGE_PARTNERS):
        raise PermissionDenied
    with acting_as(SITE):
        rows = OutgoingMail.objects.filter(pk__in=list(mail_ids), sent_at=None).exclude(text="")
        mails = list(rows.select_for_update().only("pk").order_by("pk"))
        OutgoingMail.objects.filter(pk__in=[mail.pk for mail in mails]).update(
            failed_at=None, attempts=0, last_error="", last_try_at=None
        )
        enqueue(mails)
    return [mail.pk for mail in mails]


def enqueue(mails: list[OutgoingMail]) -> None:
    """Enqueue the sending of mails for now. A turn they were to take later is taken back; one they are taking stays."""
    from accounts.tasks import send_mail  # noqa: PLC0415 - the task needs this module

    locks = {mail.lock: {"mail_id": mail.pk} for mail in mails}
    later = ProcrastinateJob.objects.filter(status="todo", lock__in=locks)  # an earlier job goes first, however late
    jobs.take_back(list(later.values_list("pk", flat=True)))
    jobs.enqueue_each(send_mail, locks)

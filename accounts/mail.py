"""Mails: rendered in the reader's language, queued in the caller's transaction, sent by the worker."""

import uuid
from dataclasses import dataclass
from email.utils import make_msgid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import OutgoingMail, User
from portal.lib.acting import SITE, acting_as


def language_of(user: User) -> str:
    """Return the language that mails to ``user`` are written in: the chosen one, else that of the last sign-in."""
    return user.language or user.last_language or settings.LANGUAGE_CODE


@dataclass(frozen=True)
class Message:
    """What a mail says, in plain text and in HTML."""

    subject: str
    text: str
    html: str


def render(template_prefix: str, context: dict[str, Any]) -> Message:
    """Render ``<prefix>_subject.txt``, ``_message.txt`` and ``_message.html`` in the active language."""
    subject = " ".join(render_to_string(f"{template_prefix}_subject.txt", context).split())
    text = render_to_string(f"{template_prefix}_message.txt", context).strip() + "\n"
    html = render_to_string(f"{template_prefix}_message.html", context | {"subject": subject})
    return Message(subject, text, html)


@acting_as(SITE)  # nobody reads mails on their way, not even who caused them
def queue(message: Message, *, recipient: str, key: str = "") -> None:
    """Write a mail down and enqueue its sending, both in the caller's transaction.

    With a ``key`` that was used before nothing happens: one event is told to one person once.
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
        "recipient": recipient,
        "subject": message.subject[:250],
        "text": message.text,
        "html": message.html,
        "message_id": make_msgid(domain=settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].rstrip(">")),
    }
    mail, created = OutgoingMail.objects.get_or_create(key=key or uuid.uuid4().hex, defaults=values)
    if created:
        send_mail.configure(lock=f"mail-{mail.pk}").defer(mail_id=mail.pk)


def send(mail_id: int) -> None:
    """Send a queued mail unless it was sent before or is gone, and erase its texts. Raises what the mail server raises.

    It leaves outside of any transaction. A worker killed between sending and noting it sends once more, with the
    same Message-ID.
    """
    with acting_as(SITE):
        mail = OutgoingMail.objects.filter(pk=mail_id, sent_at=None).first()
    if mail is None:
        return
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        to=[mail.recipient],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    message.send()
    mail.sent_at, mail.text, mail.html = timezone.now(), "", ""
    with acting_as(SITE):
        mail.save(update_fields=["sent_at", "text", "html"])

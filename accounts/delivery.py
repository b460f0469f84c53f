"""Handing mails to the mail server: each try is bounded in time, and what became of it is noted on the mail's row.

A mail is sent at least once, always with the same Message-ID. What the server refuses for good is not tried again;
anything else is, for about three days (``MOST_TRIES``). A server that cannot be reached is left alone for a minute:
the other mails of that minute do not wait for it one after the other.
"""

import contextlib
import datetime
import re
import smtplib
import threading

from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives, mailers
from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.mail import enqueue
from accounts.models import TEXTS_OF_FAILED_MAILS_STAY, OutgoingMail
from portal.lib.acting import SITE, acting_as
from portal.lib.jobs import TryAgain, pause_after

MOST_TRIES = 292
"""After so many a mail has failed for good: one each quarter of an hour makes three days."""

LEFT_ALONE = 60
"""Seconds for which a mail server that cannot be reached is not asked again."""

KEYS_STAY = datetime.timedelta(days=400)
"""For so long it is known that an event was told to somebody: longer than the year of a subscription's term."""

FORGOTTEN_AFTER = datetime.timedelta(minutes=10)
"""A mail that has been there for so long has its job, unless that was lost."""

NOT_ABOUT_THE_MAIL = {421, 530, 534, 535, 538}
"""Answers about the site's own access to the server, whatever they are given to."""

LIKE_AN_ADDRESS = re.compile(r"://|www\.|=\?|/.*/")
"""Of a page, or of a piece of encoded text."""

DOWN, SILENT = "mail-server-down", "mail-server-silent"
"""Keys of the cache, which all workers share: why the server is left alone, and the last mail it did not answer to."""


ONE_AT_A_TIME = threading.Lock()
"""A worker has one mail between sending and noting it, however many jobs it runs: killed, it sends one mail twice."""


class Refused(Exception):
    """The mail server will never take this mail."""


class NotTaken(Exception):
    """The mail was not taken this time."""


def deliver(mail_id: int) -> None:
    """Try once to send a mail, unless it was sent before, has failed for good or is gone; then erase its texts.

    It leaves outside of any transaction. A worker killed between sending and noting it sends once more, with the
    same Message-ID. Raises TryAgain, with the moment, where it was not taken and there are tries left.
    """
    with ONE_AT_A_TIME:
        _deliver(mail_id)


def _deliver(mail_id: int) -> None:
    with acting_as(SITE):
        mail = OutgoingMail.objects.filter(pk=mail_id, sent_at=None, failed_at=None).first()
    if mail is None:
        return
    now = timezone.now()
    try:
        _hand_over(mail)
    except Refused as error:
        _note(mail, now, last_error=str(error)[:300], failed_at=now)
    except NotTaken as error:
        tries = mail.attempts + 1
        _note(mail, now, last_error=str(error)[:300], failed_at=now if tries >= MOST_TRIES else None)
        if tries < MOST_TRIES:
            raise TryAgain(f"mail {mail.pk}, try {tries}: {error}", timezone.now() + pause_after(tries)) from None


def _note(mail: OutgoingMail, now: datetime.datetime, **values: object) -> None:
    with acting_as(SITE):
        OutgoingMail.objects.filter(pk=mail.pk, sent_at=None).update(
            attempts=F("attempts") + 1, last_try_at=now, **values
        )


# --- The mail server -----------------------------------------------------------------------------------------------


def _hand_over(mail: OutgoingMail) -> None:
    """Send the mail and note it. Raises Refused or NotTaken."""
    if why := cache.get(DOWN):
        raise NotTaken(why)
    connection = mailers.default
    try:
        connection.open()
    except OSError as error:  # smtplib's own are of this kind, and so is all that TLS and sockets raise
        _leave_alone(f"No connection: {_in_words(error)}")
        raise NotTaken(f"No connection: {_in_words(error)}") from error
    try:
        connection.send_messages([_message(mail)])
    except ValueError as error:  # an address or a header that no mail can have
        raise Refused("Not a mail: its address or one of its headers is not valid") from error
    except OSError as error:
        _judge(error, mail)
    else:
        # Before the connection is closed: its goodbye may hang, too.
        _note(mail, timezone.now(), sent_at=timezone.now(), text="", html="", last_error="")
    finally:
        with contextlib.suppress(OSError):
            connection.close()


def _message(mail: OutgoingMail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        to=[mail.recipient],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def _judge(error: OSError, mail: OutgoingMail) -> None:
    """Raise Refused where the server refuses this mail or its recipient for good, else NotTaken."""
    code: int
    said: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, error.smtp_error
    else:
        # One mail that a server does not answer to may be the mail's fault; two of them are the server's.
        if cache.get(SILENT) not in (None, mail.pk):
            _leave_alone(f"No answer: {_in_words(error)}")
        cache.set(SILENT, mail.pk, 5 * LEFT_ALONE)
        raise NotTaken(f"No answer: {_in_words(error)}") from error
    answer = f"{code} {_without_the_mail(_text(said), mail)}"
    if isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)) and (
        500 <= code < 600 and code not in NOT_ABOUT_THE_MAIL
    ):
        raise Refused(answer) from error
    raise NotTaken(answer) from error


def _leave_alone(why: str) -> None:
    cache.set(DOWN, why, LEFT_ALONE)


# --- What the mail server said -------------------------------------------------------------------------------------


def _in_words(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return error.strerror or str(error) or type(error).__name__


def _text(said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _without_the_mail(said: str, mail: OutgoingMail) -> str:
    """Return what the server said without what it repeats of the mail: staff read this, and may not read that.

    Spam filters quote links and subjects. So a word that stands in the mail is left out, and anything that looks like
    an address of a page or like encoded text; the recipient's address stays.
    """
    texts = f"{mail.subject}\n{mail.text}\n{mail.html}".lower()

    def shown(word: str) -> str:
        bare = word.strip("<>()[]{}.,:;!?'\"").lower()
        if bare == mail.recipient.lower():
            return word
        quoted = (len(bare) > 3 or not bare.isascii()) and bare in texts
        return "…" if quoted or LIKE_AN_ADDRESS.search(word) else word

    return re.sub("…( …)+", "…", " ".join(map(shown, said.split())))


# --- Now and then --------------------------------------------------------------------------------------------------


@acting_as(SITE)
def enqueue_forgotten(now: datetime.datetime) -> int:
    """Enqueue the mails that wait without a job, as one may be lost (a restored backup, a table emptied by hand)."""
    lock = Concat(Value("mail-"), Cast(OuterRef("pk"), CharField()))
    living = ProcrastinateJob.objects.filter(lock=lock, status__in=["todo", "doing"])
    waiting = OutgoingMail.objects.filter(sent_at=None, failed_at=None, created_at__lt=now - FORGOTTEN_AFTER)
    forgotten = list(waiting.filter(~Exists(living)).only("pk").order_by("pk")[:1000])
    enqueue(forgotten)
    return len(forgotten)


@acting_as(SITE)
def tidy(now: datetime.datetime) -> None:
    """Erase the texts of mails that failed 30 days ago, and forget mails that left or failed 400 days ago."""
    OutgoingMail.objects.filter(sent_at=None, failed_at__lt=now - TEXTS_OF_FAILED_MAILS_STAY).exclude(
        text="", html=""
    ).update(text="", html="")
    OutgoingMail.objects.filter(sent_at__lt=now - KEYS_STAY).delete()
    OutgoingMail.objects.filter(failed_at__lt=now - KEYS_STAY).delete()

"""What is on its way to people."""

import datetime
import uuid

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.lib.jobs import pause_after


class OutgoingMail(models.Model):
    """A mail on its way: written in the transaction of what it tells of, sent by the worker afterwards.

    The texts are erased once the mail has left (they may carry a link that opens an account); what stays says that
    it was sent. ``key`` keeps an event from being told twice to the same person, ``message_id`` stays the same
    when a worker that was killed makes a second try. A mail waits until it is sent or has failed for good.
    """

    key = models.CharField(max_length=100, unique=True, default=uuid.uuid4)
    kind = models.CharField(max_length=60, blank=True, db_default="")
    message_id = models.CharField(max_length=200, unique=True)
    recipient = models.EmailField()
    subject = models.CharField(max_length=250)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    last_try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True, db_default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        indexes = [models.Index(fields=["failed_at"], condition=Q(sent_at=None), name="accounts_mail_unsent")]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(failed_at=None), name="accounts_mail_is_sent_or_has_failed"
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(text="", html=""), name="accounts_mail_sent_keeps_no_text"
            ),
            models.CheckConstraint(
                condition=Q(failed_at=None) | ~Q(last_error=""), name="accounts_mail_failed_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def lock(self) -> str:
        """The lock of its job: no two workers send it at the same moment."""
        return f"mail-{self.pk}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def failed(self) -> "DeliveryQuerySet":
        """Those that nobody tries any more."""
        return self.filter(sent_at=None, failed_at__isnull=False)

    def waiting(self) -> "DeliveryQuerySet":
        """Those that are still tried."""
        return self.filter(sent_at=None, failed_at=None)

    def counts(self, now: datetime.datetime) -> dict[str, int]:
        """Return, in one statement, how many have failed in the last 30 days, wait, and have waited for an hour."""
        waiting = Q(failed_at=None)
        return self.filter(sent_at=None).aggregate(
            failed=Count("pk", filter=Q(failed_at__gte=now - TEXTS_OF_FAILED_MAILS_STAY)),
            waiting=Count("pk", filter=waiting),
            late=Count("pk", filter=waiting & Q(created_at__lt=now - datetime.timedelta(hours=1))),
        )


TEXTS_OF_FAILED_MAILS_STAY = datetime.timedelta(days=30)
"""For so long a mail that has failed can be sent again; then its texts are erased."""


class Delivery(models.Model):
    """What staff may know of a mail: to whom, when, how often it was tried and what the mail server said.

    A view of the database's over ``OutgoingMail``, without its texts and its subject: they tell of customers, and may
    carry links that open accounts. It shows rows to staff alone, and nobody writes through it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("mail", "waiting")
        SENT = "sent", pgettext_lazy("mail", "sent")
        FAILED = "failed", pgettext_lazy("mail", "failed")

    kind = models.CharField(_("kind"), max_length=60)
    message_id = models.CharField(_("Message-ID"), max_length=200)
    recipient = models.EmailField(_("recipient"))
    created_at = models.DateTimeField(pgettext_lazy("mail", "written"))
    attempts = models.PositiveIntegerField(_("tries"))
    last_try_at = models.DateTimeField(_("last try"), null=True)
    last_error = models.CharField(_("last error"), max_length=300)
    sent_at = models.DateTimeField(pgettext_lazy("mail", "sent"), null=True)
    failed_at = models.DateTimeField(pgettext_lazy("mail", "given up"), null=True)
    has_text = models.BooleanField(pgettext_lazy("mail", "text"))

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "accounts_delivery"
        verbose_name = _("mail")
        verbose_name_plural = _("mails")

    def __str__(self) -> str:
        return self.recipient

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.sent_at:
            return self.State.SENT
        return self.State.FAILED if self.failed_at else self.State.WAITING

    @property
    def next_try_at(self) -> datetime.datetime | None:
        """When it is tried next, about; None where nobody does, or where its first turn has yet to come."""
        if self.state != self.State.WAITING or self.last_try_at is None:
            return None
        return self.last_try_at + pause_after(self.attempts)

    def can_be_sent_again(self) -> bool:
        """Return whether it has not left, and its texts are there."""
        return self.sent_at is None and self.has_text

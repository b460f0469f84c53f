"""What is on its way to people."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class OutgoingMail(models.Model):
    """A mail on its way: written in the transaction of what it tells of, sent by the worker afterwards.

    The texts are erased once the mail has left (they may carry a link that opens an account); what stays says that
    it was sent. ``key`` keeps an event from being told twice to the same person, ``message_id`` stays the same
    when a worker that was killed makes a second try.
    """

    key = models.CharField(max_length=100, unique=True, default=uuid.uuid4)
    message_id = models.CharField(max_length=200, unique=True)
    recipient = models.EmailField()
    subject = models.CharField(max_length=250)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")

    def __str__(self) -> str:
        return self.subject

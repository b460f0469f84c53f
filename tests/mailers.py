"""Mail servers that misbehave."""

from django.core.mail.backends.base import BaseEmailBackend


class RefusingBackend(BaseEmailBackend):
    """A server that is down."""

    def send_messages(self, email_messages):
        raise ConnectionRefusedError("no mail server here")

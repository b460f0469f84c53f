"""Background jobs about people. Each takes ids, fetches again and is safe to run twice."""

from django.core.management import call_command
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts import mail


@app.task(queue="mail", retry=RetryStrategy(max_attempts=16, exponential_wait=2))
def send_mail(mail_id: int) -> None:
    """Send one queued mail; a mail server that fails is tried again, later each time."""
    mail.send(mail_id)


@app.periodic(cron="17 3 * * *")
@app.task(queue="cleaning", queueing_lock="remove_ended_sessions")
def remove_ended_sessions(timestamp: int) -> None:
    """Remove the sessions that have ended, forms put aside in them included."""
    call_command("clearsessions")

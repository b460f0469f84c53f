"""Background jobs about people. Each takes ids, fetches again and is safe to run twice."""

from django.core.management import call_command
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts import delivery
from portal.lib.jobs import Backoff


@app.task(queue="mail", priority=-1, retry=Backoff())  # what writes mails goes before a thousand that wait
def send_mail(mail_id: int) -> None:
    """Try to send one queued mail; its row says how often it is tried, and when next."""
    delivery.deliver(mail_id)


@app.periodic(cron="*/10 * * * *")
@app.task(queue="cleaning", queueing_lock="enqueue_forgotten_mails")
def enqueue_forgotten_mails(timestamp: int) -> None:
    """Enqueue the mails whose jobs were lost."""
    delivery.enqueue_forgotten(timezone.now())


@app.periodic(cron="27 3 * * *")
@app.task(queue="cleaning", queueing_lock="tidy_mails")
def tidy_mails(timestamp: int) -> None:
    """Erase the texts of mails that failed long ago, and forget old ones."""
    delivery.tidy(timezone.now())


@app.periodic(cron="17 3 * * *")
@app.task(queue="cleaning", queueing_lock="remove_ended_sessions")
def remove_ended_sessions(timestamp: int) -> None:
    """Remove the sessions that have ended, forms put aside in them included."""
    call_command("clearsessions")

"""Background jobs about background jobs, about what the site's content leads to, about its mails and what is forgotten."""

import datetime
import logging

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext

from portal.content import announcements
from portal.content.checker import rows as checks
from portal.content.openings import forget_openings
from portal.lib.acting import SITE, acting_as

STALLED_AFTER = 30
"""Seconds without a sign of life after which a worker counts as dead; it gives one every ten."""

FAILED_JOBS_STAY = 30 * 24
"""Hours. Those that succeeded are removed at once (PROCRASTINATE_WORKER_DEFAULTS)."""

logger = logging.getLogger(__name__)


# No `lock` here: a sweep whose worker was killed would hold it for ever, and nobody would sweep it away.
@app.periodic(cron="* * * * *")
@app.task(queue="cleaning", queueing_lock="sweep_stalled_jobs", pass_context=True)
async def sweep_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Put back what workers that are dead had begun: jobs are safe to run twice."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        try:
            await manager.retry_job(job)
        except ConnectorException:  # it has ended after all
            continue
        logger.warning("Put back %s: its worker has died", job.call_string)


@app.periodic(cron="37 3 * * *")
@app.task(queue="cleaning", queueing_lock="remove_finished_jobs", pass_context=True)
async def remove_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Remove the jobs that failed, or were called off, a month ago."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=FAILED_JOBS_STAY, include_failed=True, include_cancelled=True, include_aborted=True
    )


@app.periodic(cron="7 2 * * *")
@app.task(queue="links", queueing_lock="check_links")
def check_links(timestamp: int) -> None:
    """Enqueue checks of the addresses that were not checked for as long as the settings say. Off: does nothing."""
    with acting_as(SITE):
        checks.enqueue_due(timezone.now())


@app.task(queue="links", priority=-3)  # whatever people wait for goes before it
def check_address(address_id: int, asked_at: str) -> None:
    """Look whether one address still answers. Off meanwhile: does nothing. What is not found today is asked tomorrow."""
    if checks.is_on():
        checks.look(address_id, datetime.datetime.fromisoformat(asked_at), timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queue="notifications", queueing_lock="mail_announcements")
def mail_announcements(timestamp: int) -> None:
    """Write the mails about what has been published since, some people in each transaction, so that no row is held long."""
    now = timezone.now()
    with acting_as(SITE):
        waiting = announcements.to_mail(now)
    for pk in waiting:
        last: int | None = 0
        while last is not None:
            with acting_as(SITE):
                last = announcements.mail_some(pk, now, last)


@app.periodic(cron="17 4 * * *")
@app.task(queue="cleaning", queueing_lock="forget_old_openings")
def forget_old_openings(timestamp: int) -> None:
    """Delete what was opened more than thirteen months ago: the page "What content does" looks back for twelve."""
    with acting_as(SITE):
        forget_openings(timezone.now())

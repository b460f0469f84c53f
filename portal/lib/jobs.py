"""Background jobs: enqueued with what causes them, tried again at growing distances."""

import datetime
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision

FIRST_PAUSE = datetime.timedelta(seconds=30)
LONGEST_PAUSE = datetime.timedelta(minutes=15)


def pause_after(tries: int) -> datetime.timedelta:
    """Return how long to wait after so many tries (from 1 on): twice as long each time, a quarter of an hour at most."""
    doublings = min(max(tries, 1) - 1, 10)  # what comes after is longer than the longest
    return min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE)


class TryAgain(Exception):
    """Raised by a job that has not got on: it takes its next turn ``at`` that moment."""

    def __init__(self, reason: str, at: datetime.datetime) -> None:
        super().__init__(reason)
        self.at = at


class WithoutTraces(logging.Filter):
    """Leaves out the traceback where a job says TryAgain: it is no error, and an outage says it thousands of times."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place, keep every record."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, TryAgain):
            record.msg, record.args, record.exc_info = f"{record.getMessage()}: {error}", (), None
        return True


class Backoff(BaseRetryStrategy):
    """A job that failed is tried again: when it said so itself, else at growing distances, for as long as it takes.

    Procrastinate's own strategy knows no longest pause: its sixteenth is eighteen hours.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        if isinstance(exception, TryAgain):
            return RetryDecision(retry_at=exception.at)
        return RetryDecision(retry_in={"seconds": int(pause_after(job.attempts + 1).total_seconds())})


def _in_this_transaction() -> JobManager:
    """Return what writes jobs through Django's own connection.

    A worker's connector has a pool of its own. A job that it enqueues is there before what it is about has been
    committed, and another worker would come too early.
    """
    return JobManager(DjangoConnector())


def enqueue(task: Any, *, lock: str | None = None, **arguments: Any) -> None:
    """Enqueue a job in the caller's transaction, in a worker, too. Jobs of one ``lock`` run one after the other."""
    _in_this_transaction().defer_job(task.configure(lock=lock, task_kwargs=arguments).job)


def enqueue_each(task: Any, jobs: Mapping[str, Mapping[str, Any]]) -> None:
    """Enqueue many jobs of a task in one statement: their arguments by their locks."""
    enqueue_all(task, jobs.items())


def enqueue_all(task: Any, jobs: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Enqueue many jobs of a task in one statement: locks, which several may share, and arguments."""
    made = [task.configure(lock=lock, task_kwargs=dict(arguments)).job for lock, arguments in jobs]
    if made:
        _in_this_transaction().batch_defer_jobs(made)


def take_back(job_ids: list[int]) -> None:
    """Remove jobs that nobody has begun, in the caller's transaction; one that is running stays."""
    manager = _in_this_transaction()
    for job_id in job_ids:
        manager.cancel_job_by_id(job_id, delete_job=True)

"""One step with many requests at once: which, what would come of it, taking it, and what is told afterwards.

A run is written down when it is confirmed, with every request and its version then. Each step is taken through the
workflow, as the person who has started the run, in a transaction (or, within a page's, a savepoint) of its own that
also notes what became of it. A few are done at once, more of them by a job that can be killed and goes on.
"""

from requests_app.bulk.running import SLICE, TAKEN_AT_ONCE, RunsAlready, go_on, remove_old, start, take, tell
from requests_app.bulk.selection import Chosen, Outlook, everything, outlook, selected

__all__ = [
    "SLICE",
    "TAKEN_AT_ONCE",
    "Chosen",
    "Outlook",
    "RunsAlready",
    "everything",
    "go_on",
    "outlook",
    "remove_old",
    "selected",
    "start",
    "take",
    "tell",
]

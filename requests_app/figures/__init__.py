"""What a partner's manager wants to know of a period: how much came in, how old what is open is, how quick the answers are.

Each function is one statement over an index, about one partner, and about the rows of the period or about what is open
now; both walls hold. Days are those of the partner's time zone. The page is ``portal.figures``.
"""

from requests_app.figures.business_clock import BusinessClock
from requests_app.figures.periods import LONGEST, Period, Step
from requests_app.figures.reading import (
    AGES,
    Answers,
    Done,
    OpenNow,
    Received,
    Spread,
    Windows,
    answers,
    done,
    open_now,
    received,
)

__all__ = [
    "AGES",
    "LONGEST",
    "Answers",
    "BusinessClock",
    "Done",
    "OpenNow",
    "Period",
    "Received",
    "Spread",
    "Step",
    "Windows",
    "answers",
    "done",
    "open_now",
    "received",
]

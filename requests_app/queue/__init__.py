"""The read side of the partner's desk: what there is to do, in which order, and how much of it.

``View`` is what the address of the list says, ``page`` and ``neighbours`` read what it shows, ``figures`` counts.
"""

from requests_app.queue.figures import MOST, Choice, Choices, Counted, Figures, figures, figures_and_choices
from requests_app.queue.rows import claimable, most_urgent, neighbours, page, worked_by
from requests_app.queue.search import MOST_PLACES
from requests_app.queue.view import ANYWHERE, ORDERS, PAGE_SIZES, QUEUE_ORDER, SHOWS, View

__all__ = [
    "ANYWHERE",
    "MOST",
    "MOST_PLACES",
    "ORDERS",
    "PAGE_SIZES",
    "QUEUE_ORDER",
    "SHOWS",
    "Choice",
    "Choices",
    "Counted",
    "Figures",
    "View",
    "claimable",
    "figures",
    "figures_and_choices",
    "most_urgent",
    "neighbours",
    "page",
    "worked_by",
]

"""A sentence for each caution."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.lib.display import day
from requests_app.policy import Caution, Outcome

GRAVE = frozenset(
    {
        Caution.ALREADY_ENDING,
        Caution.SUSPENDED_STILL_BILLED,
        Caution.TERM_DATE_PASSED,
        Caution.WINDOW_SHUT,
        Caution.SEATS_NOT_REFUNDABLE,
        Caution.LEAD_TIME_PASSED,
        Caution.WHOLE_TERM_BILLED,
        Caution.NOT_REFUNDED,
        Caution.ONLY_IF_RENEWED,
        Caution.AUTO_RENEW_OFF_IS_NO_CANCELLATION,
    }
)
"""Those that cost money, data, or the thing itself. The others explain."""

SENTENCES: dict[Caution, Any] = {
    Caution.OVER: gettext_lazy("The subscription has ended already."),
    Caution.BEING_SET_UP: gettext_lazy("The subscription is still being set up: dates can move."),
    Caution.SUSPENDED_STILL_BILLED: gettext_lazy("The subscription is suspended, and is billed all the same."),
    Caution.TERM_DATE_PASSED: gettext_lazy(
        "The end of the term that is known here has passed. %(partner)s has to look up the one that holds now."
    ),
    Caution.NO_TERM: gettext_lazy("The subscription has no term that ends: it goes on until it is cancelled."),
    Caution.NO_SEATS: gettext_lazy("It is billed by what is used: there are no seats to add or to give back."),
    Caution.NOTHING_CHANGES: gettext_lazy("This is how it is already: nothing would change."),
    Caution.ALL_SEATS_IS_CANCELLATION: gettext_lazy(
        "One seat always stays. To give all of them back is to cancel: ask for that instead."
    ),
    Caution.WINDOW_OPEN: gettext_lazy(
        "The cancellation window is still open: it could be cancelled at once, with a refund. "
        "At the end of the term nothing is refunded."
    ),
    Caution.WINDOW_SHUT: gettext_lazy("The cancellation window has shut: it cannot be cancelled at once any more."),
    Caution.WINDOW_NOT_KNOWN: gettext_lazy(
        "It has no cancellation window, or none that is known here. %(partner)s can look it up."
    ),
    Caution.WINDOW_IS_ESTIMATE: gettext_lazy(
        "The end of the window is an estimate by Microsoft's rule. %(partner)s sees the exact time."
    ),
    Caution.SEATS_STILL_REFUNDABLE: gettext_lazy(
        "Seats that were added later can still be given back: ask for fewer seats instead, if that is enough."
    ),
    Caution.SEATS_NOT_REFUNDABLE: gettext_lazy(
        "Seats outside their window cannot be given back within the term: they go when it renews."
    ),
    Caution.ONLY_AS_A_WHOLE: gettext_lazy("This product is cancelled as a whole: seats cannot be given back singly."),
    Caution.LEAD_TIME_PASSED: gettext_lazy(
        "%(partner)s needs longer for this than is left. It may still succeed: phone them as well."
    ),
    Caution.WHOLE_TERM_BILLED: gettext_lazy("The whole term is billed, also where you pay by the month."),
    Caution.USAGE_BILLED: gettext_lazy("What was used until then is billed."),
    Caution.NOT_REFUNDED: gettext_lazy("Nothing is refunded any more."),
    Caution.ONLY_IF_RENEWED: gettext_lazy("This takes effect only if it renews, and as things stand it will not."),
    Caution.NEEDS_AUTO_RENEW: gettext_lazy("Auto-renew is off. %(partner)s has to switch it on for this."),
    Caution.AUTO_RENEW_GOES_OFF: gettext_lazy("%(partner)s switches auto-renew off for this."),
    Caution.SCHEDULED_CHANGES_DELETED: gettext_lazy(
        "Changes that are scheduled for the renewal already are lost: say in the note what should stay."
    ),
    Caution.LATER_CHANGES_DELETE_IT: gettext_lazy(
        "Any change before the renewal, such as more seats, undoes this: it then has to be asked for again."
    ),
    Caution.AUTO_RENEW_OFF_IS_NO_CANCELLATION: gettext_lazy(
        "Auto-renew is off. That is not a cancellation: unless it is cancelled it goes on month by month, and is billed."
    ),
    Caution.EST_DOES_NOT_APPLY: gettext_lazy(
        "This subscription cannot go on month by month: it is too old for that, or its term ends too early."
    ),
    Caution.ALREADY_MONTHLY: gettext_lazy("It runs by the month already: renewed as it is, it costs less than this."),
}
"""One for each caution but those that need the outcome; ``%(partner)s`` is the partner's name."""


def sentence_of(caution: Caution, outcome: Outcome, partner: object) -> str:
    """Return what a caution says, in the active language."""
    if caution == Caution.ALREADY_ENDING:
        return _("Its end is arranged already: the last day is %(date)s.") % {"date": day(outcome.ends_on)}
    if caution == Caution.SEATS_NOT_REFUNDABLE and outcome.seats_at_end_of_term:
        return ngettext(
            "%(count)d seat is outside any window: it goes when the subscription renews, and is billed until then.",
            "%(count)d seats are outside any window: they go when the subscription renews, and are billed until then.",
            outcome.seats_at_end_of_term,
        ) % {"count": outcome.seats_at_end_of_term}
    return str(SENTENCES[caution]) % {"partner": partner}

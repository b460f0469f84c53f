"""The one sentence that comes first: whether what is asked for can be done, and when."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from portal.lib.display import day
from requests_app.models import CancelWhen, EndOfTermChoice, Kind
from requests_app.policy import Caution, Outcome, Possible

LABELS = {
    Possible.AT_ONCE: (gettext_lazy("Possible now"), "success", "circle-check"),
    Possible.PARTLY_AT_ONCE: (gettext_lazy("Partly possible now"), "warning", "circle-dot"),
    Possible.AT_END_OF_TERM: (pgettext_lazy("when", "At the end of the term"), "info", "calendar-clock"),
    Possible.NO: (gettext_lazy("Not possible as things stand"), "danger", "x"),
    Possible.NOT_KNOWN: (gettext_lazy("To be found out"), "warning", "hourglass"),
}
"""Of each: the words, the tone and the icon of a badge."""

DECIDES = {
    Possible.NO: (
        Caution.OVER,
        Caution.ALREADY_ENDING,
        Caution.NO_TERM,
        Caution.NO_SEATS,
        Caution.NOTHING_CHANGES,
        Caution.ALL_SEATS_IS_CANCELLATION,
        Caution.EST_DOES_NOT_APPLY,
        Caution.ONLY_AS_A_WHOLE,
        Caution.NOT_REFUNDED,
    ),
    Possible.NOT_KNOWN: (Caution.TERM_DATE_PASSED, Caution.WINDOW_NOT_KNOWN, Caution.WINDOW_SHUT),
}
"""Why it is so: the first of these cautions that there is."""


def deciding(outcome: Outcome) -> Caution | None:
    """Return the caution that is the reason why nothing can come of it, or why nobody knows yet."""
    return next((one for one in DECIDES.get(outcome.possible, ()) if one in outcome.warnings), None)


def verdict(outcome: Outcome, partner: object) -> str:
    """Return in one sentence what comes of a request, in the active language."""
    if outcome.possible == Possible.NO:
        return str(NOT_POSSIBLE[_what(outcome)])
    if outcome.possible == Possible.NOT_KNOWN:
        return _("%(partner)s has to find out what is possible.") % {"partner": partner}
    return VERDICTS[_what(outcome)](outcome, str(partner))


def _what(outcome: Outcome) -> str:
    """Return what is asked for, where a cancellation at the end of the term is the same in both of its forms."""
    if outcome.choice == EndOfTermChoice.CANCEL:
        return CancelWhen.END_OF_TERM
    if outcome.asked_for in (Kind.CANCELLATION, Kind.END_OF_TERM):
        return outcome.choice
    return outcome.asked_for


NOT_POSSIBLE: dict[str, Any] = {
    CancelWhen.NOW: gettext_lazy("It cannot be cancelled."),
    CancelWhen.END_OF_TERM: gettext_lazy("It cannot be cancelled for the end of its term."),
    Kind.MORE_SEATS: gettext_lazy("No seats can be added."),
    Kind.FEWER_SEATS: gettext_lazy("These seats cannot be given back."),
    EndOfTermChoice.RENEW: gettext_lazy("It cannot be renewed."),
    EndOfTermChoice.RENEW_CHANGED: gettext_lazy("It cannot be renewed with these changes."),
    EndOfTermChoice.MONTH_TO_MONTH: gettext_lazy("It cannot go on month by month."),
    Kind.PURCHASE: gettext_lazy("Nothing has been chosen yet."),
}


def _cancel_now(outcome: Outcome, partner: str) -> str:
    if outcome.possible == Possible.AT_END_OF_TERM:
        return _("It cannot be cancelled at once: it can end with its term, on %(date)s.") % {
            "date": day(outcome.earliest_end)
        }
    if outcome.window is not None and outcome.window.is_open:
        return _("It can be cancelled at once, if %(partner)s does it while the window is open.") % {"partner": partner}
    return _("It can be cancelled at any time, at once.")


def _cancel_at_end(outcome: Outcome, partner: str) -> str:
    return _("It ends with its term, on %(date)s. It does not renew and does not go on month by month.") % {
        "date": day(outcome.earliest_end)
    }


def _more_seats(outcome: Outcome, partner: str) -> str:
    count = outcome.seats_at_once or 0
    return ngettext("%(count)d seat can be added at any time.", "%(count)d seats can be added at any time.", count) % {
        "count": count
    }


def _fewer_seats(outcome: Outcome, partner: str) -> str:
    now, later = outcome.seats_at_once or 0, outcome.seats_at_end_of_term or 0
    if outcome.possible == Possible.AT_ONCE:
        return ngettext(
            "%(count)d seat can be given back at once, if %(partner)s does it while its window is open.",
            "%(count)d seats can be given back at once, if %(partner)s does it while their window is open.",
            now,
        ) % {"count": now, "partner": partner}
    if outcome.possible == Possible.PARTLY_AT_ONCE:
        return ngettext(
            "%(now)d of %(all)d seat can be given back at once, the rest when the subscription renews after %(date)s.",
            "%(now)d of %(all)d seats can be given back at once, the rest when the subscription renews after %(date)s.",
            now + later,
        ) % {"now": now, "all": now + later, "date": day(outcome.term_end)}
    return ngettext(
        "%(count)d seat cannot be given back now: it can go when the subscription renews after %(date)s.",
        "%(count)d seats cannot be given back now: they can go when the subscription renews after %(date)s.",
        later,
    ) % {"count": later, "date": day(outcome.term_end)}


def _renew(outcome: Outcome, partner: str) -> str:
    return _("It renews as it is after %(date)s, until %(until)s.") % {
        "date": day(outcome.term_end),
        "until": day(outcome.new_term_end),
    }


def _renew_changed(outcome: Outcome, partner: str) -> str:
    return _("It renews with your changes after %(date)s, until %(until)s.") % {
        "date": day(outcome.term_end),
        "until": day(outcome.new_term_end),
    }


def _month_to_month(outcome: Outcome, partner: str) -> str:
    return _("After %(date)s it goes on month by month, and costs more, until it is cancelled.") % {
        "date": day(outcome.term_end)
    }


def _purchase(outcome: Outcome, partner: str) -> str:
    return _("It can be bought. Nothing is bought until %(partner)s has done it.") % {"partner": partner}


VERDICTS: dict[str, Callable[[Outcome, str], str]] = {
    CancelWhen.NOW: _cancel_now,
    CancelWhen.END_OF_TERM: _cancel_at_end,
    Kind.MORE_SEATS: _more_seats,
    Kind.FEWER_SEATS: _fewer_seats,
    EndOfTermChoice.RENEW: _renew,
    EndOfTermChoice.RENEW_CHANGED: _renew_changed,
    EndOfTermChoice.MONTH_TO_MONTH: _month_to_month,
    Kind.PURCHASE: _purchase,
}
"""For each thing that can be asked for; the keys of kinds and of choices do not overlap."""

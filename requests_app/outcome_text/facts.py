"""The facts of an outcome under short titles: windows, refund, dates, what happens if nobody acts."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.lib.display import day, deadline, duration, time_left
from requests_app.models import BillingCycle, CancelWhen, EndOfTermChoice, Kind, TermDuration
from requests_app.policy import AfterTerm, Afterwards, ExtendedServiceTerm, LineOutcome, Outcome, Possible, WindowState
from requests_app.policy.rules import Refund
from requests_app.policy.terms import end_of_day

ESTIMATE = gettext_lazy("estimate")


@dataclass(frozen=True, slots=True)
class Fact:
    """A title and what there is to say, in one line or several."""

    title: str
    lines: Sequence[str]


REFUNDS = {
    Refund.PRORATED: gettext_lazy("Prorated: what is left of the term is given back. %(partner)s tells you the sum."),
    Refund.FULL: gettext_lazy("Everything is given back."),
    Refund.FULL_WITHOUT_USAGE: gettext_lazy("Everything is given back but what was metered."),
    Refund.NONE: gettext_lazy("Nothing is given back."),
}

REFUNDS_OF_A_PURCHASE = {
    Refund.PRORATED: gettext_lazy("prorated"),
    Refund.FULL: gettext_lazy("everything is given back"),
    Refund.FULL_WITHOUT_USAGE: gettext_lazy("everything is given back but what was metered"),
}

LATER = {
    Afterwards.WHOLE_TERM_BILLED: gettext_lazy("After that the whole term is billed, also where you pay by the month."),
    Afterwards.USAGE_BILLED: gettext_lazy("What was used is billed."),
    Afterwards.NOT_REFUNDED: gettext_lazy("After that nothing is given back."),
}


class Teller:
    """Tells the facts of one outcome to a reader whose partner is known."""

    def __init__(self, outcome: Outcome, partner: object, now: datetime.datetime | None) -> None:
        self.outcome, self.partner, self.now = outcome, partner, now
        self.is_cancellation = outcome.choice in (*CancelWhen.values, EndOfTermChoice.CANCEL)

    def facts(self) -> list[Fact]:
        """Return what there is to say, in the order in which a reader asks for it."""
        told = [
            *self._seats(),
            *self._windows(),
            *self._dates(),
            *self._refund(),
            *self._access(),
            *self._renewal(),
            *self._if_nobody_acts(),
        ]
        return [Fact(title, lines) for title, lines in told if lines]

    def _seats(self) -> Iterator[tuple[str, list[str]]]:
        outcome = self.outcome
        if outcome.asked_for not in (Kind.MORE_SEATS, Kind.FEWER_SEATS) or outcome.possible == Possible.NO:
            return
        lines = [
            _("%(now)d now, %(afterwards)d afterwards")
            % {"now": outcome.quantity_now or 0, "afterwards": outcome.quantity or 0}
        ]
        if outcome.possible == Possible.PARTLY_AT_ONCE:
            lines.append(
                _("%(now)d fewer at once, %(later)d fewer when it renews")
                % {"now": outcome.seats_at_once or 0, "later": outcome.seats_at_end_of_term or 0}
            )
        yield _("Seats"), lines

    def _windows(self) -> Iterator[tuple[str, list[str]]]:
        outcome = self.outcome
        if outcome.new_window is not None and outcome.new_window.until and outcome.asked_for == Kind.MORE_SEATS:
            length = outcome.new_window.until - outcome.as_of
            yield (
                _("New seats can be given back"),
                [_with_estimate(_("for %(days)s from when they are added") % {"days": duration(length)}, True)],
            )
        if not self.is_cancellation and outcome.asked_for != Kind.FEWER_SEATS:
            return
        at_any_time = outcome.possible == Possible.AT_ONCE and outcome.window is not None and not outcome.window.until
        if outcome.possible == Possible.NO or (at_any_time and not outcome.batches):
            return
        blocks = [block for block in (outcome.window, *outcome.batches) if block is not None and block.quantity]
        told = [window_line(block, self.now, with_seats=len(blocks) > 1) for block in blocks]
        yield _("Cancellation window"), told

    def _dates(self) -> Iterator[tuple[str, list[str]]]:
        outcome = self.outcome
        at_once = outcome.possible in (Possible.AT_ONCE, Possible.PARTLY_AT_ONCE)
        if outcome.earliest_end is not None:
            yield (
                _("Earliest end"),
                [
                    _("as soon as %(partner)s has done it") % {"partner": self.partner}
                    if at_once
                    else _("%(date)s (UTC), the last day") % {"date": day(outcome.earliest_end)}
                ],
            )
        if outcome.still_billed_until is not None:
            until = _("%(date)s (UTC)") % {"date": day(outcome.still_billed_until)}
            if outcome.asked_for == Kind.MORE_SEATS:
                until = _("%(date)s (UTC): new seats end with the term") % {"date": day(outcome.still_billed_until)}
            yield _("Still billed until"), [until]
        if outcome.last_moment_to_act is not None and outcome.possible != Possible.NO:
            by = outcome.last_moment_to_act
            left = time_left(by, self.now) if self.now is not None else ""
            text = format_html(_("{by}: {left} left"), by=deadline(by), left=left) if left else deadline(by)
            yield _("Your partner has to act by"), [text, *self._time_in_hand(by)]

    def _time_in_hand(self, by: datetime.datetime) -> list[str]:
        """Return why the partner has to act before the last moment; nothing where it has no lead time."""
        outcome = self.outcome
        if outcome.possible in (Possible.AT_ONCE, Possible.PARTLY_AT_ONCE):
            blocks = [block for block in (outcome.window, *outcome.batches) if block is not None and block.is_open]
            last_moments = [block.until for block in blocks if block.until]
        else:
            last_moments = [end_of_day(outcome.term_end)] if outcome.term_end else []
        if by in last_moments or not any(moment > by for moment in last_moments):
            return []
        return [_("Earlier than the last moment, so that %(partner)s has time in hand.") % {"partner": self.partner}]

    def _refund(self) -> Iterator[tuple[str, list[str]]]:
        refund = self.outcome.refund
        if refund is None:
            return
        text = str(REFUNDS[refund]) % {"partner": self.partner}
        if self.outcome.possible == Possible.PARTLY_AT_ONCE and refund != Refund.NONE:
            yield _("Refund"), [text, _("For the seats that go at once.")]
        else:
            yield _("Refund"), [text]

    def _access(self) -> Iterator[tuple[str, list[str]]]:
        if not self.outcome.loses_access_at_once or self.outcome.possible == Possible.NO:
            return
        lines = [_("Stops the moment it ends, for everybody.")]
        if not self.outcome.recoverable:
            lines.append(_("Data cannot be recovered afterwards: save it before."))
        yield _("Access and data"), lines

    def _renewal(self) -> Iterator[tuple[str, list[str]]]:
        outcome = self.outcome
        if outcome.possible == Possible.NO:
            return
        if outcome.changes is not None and outcome.choice == EndOfTermChoice.RENEW_CHANGED:
            changes = changes_of(outcome.changes.quantity, outcome.changes.term, outcome.changes.billing_cycle)
            yield _("From the renewal on"), changes
        if outcome.new_term_end is not None:
            yield (
                _("Next term"),
                [
                    _("until %(date)s (UTC). It is billed as a whole, also where you pay by the month.")
                    % {"date": day(outcome.new_term_end)}
                ],
            )
            if outcome.new_window is not None and outcome.new_window.until:
                text = format_html(_("until {until}"), until=deadline(outcome.new_window.until))
                yield _("Can be cancelled again"), [_with_estimate(text, outcome.new_window.is_estimate)]
        if outcome.choice == EndOfTermChoice.MONTH_TO_MONTH and outcome.est is not None and outcome.est.applies:
            yield _("Price"), [surcharge(outcome.est)]

    def _if_nobody_acts(self) -> Iterator[tuple[str, list[str]]]:
        outcome = self.outcome
        if outcome.if_nothing_is_done is None or outcome.if_nothing_is_done == AfterTerm.OVER:
            return
        yield (
            _("If nothing is done"),
            [after_term(outcome.if_nothing_is_done, outcome.term_end, outcome.ends_on, outcome.est)],
        )
        about_the_end = outcome.asked_for in (Kind.CANCELLATION, Kind.END_OF_TERM)
        if (
            about_the_end
            and outcome.if_nothing_is_done == AfterTerm.RENEWS
            and outcome.est is not None
            and outcome.est.applies
        ):
            yield (
                _("If only auto-renew is switched off"),
                [
                    _("That is not a cancellation: after the term it goes on month by month. %(price)s")
                    % {"price": surcharge(outcome.est)}
                ],
            )


def window_line(block: WindowState, now: datetime.datetime | None, *, with_seats: bool) -> str:
    """Return until when something can be given back, and how long that is from ``now`` on; for how many seats."""
    if block.until is None:
        text = _("none before the end of the term")
    elif not block.is_open:
        text = format_html(_("shut since {until}"), until=deadline(block.until))
    elif now is not None and (left := time_left(block.until, now)):
        text = format_html(_("open until {until}: {left} left"), until=deadline(block.until), left=left)
    else:
        text = format_html(_("open until {until}"), until=deadline(block.until))
    text = _with_estimate(text, block.is_estimate and block.until is not None)
    if not with_seats:
        return text
    return format_html(_("{seats}: {window}"), seats=_seats(block.quantity), window=text)


def changes_of(quantity: int | None, term: str | None, billing_cycle: str | None) -> list[str]:
    """Return what a renewal changes, each change in a few words."""
    changes = [
        _seats(quantity) if quantity else "",
        _("a term of %(term)s") % {"term": TermDuration(term).label} if term else "",
        _("billed %(cycle)s") % {"cycle": BillingCycle(billing_cycle).label} if billing_cycle else "",
    ]
    return [change for change in changes if change]


def after_term(
    after: AfterTerm,
    term_end: datetime.date | None,
    ends_on: datetime.date | None,
    est: ExtendedServiceTerm | None,
) -> str:
    """Return what will happen when the term is over, as a sentence in the active language."""
    date = day(ends_on if after == AfterTerm.CANCELLED else term_end)
    if after == AfterTerm.MONTH_TO_MONTH:
        return _("After %(date)s it goes on month by month, until it is cancelled. %(price)s") % {
            "date": date,
            "price": surcharge(est) if est else "",
        }
    return str(AFTER_TERM[after]) % {"date": date}


AFTER_TERM = {
    AfterTerm.RENEWS: gettext_lazy("It renews after %(date)s for another term, and is billed."),
    AfterTerm.CANCELLED: gettext_lazy("It ends on %(date)s, as arranged."),
    AfterTerm.EXPIRES: gettext_lazy("It ends after %(date)s: auto-renew is off. Your partner can confirm it."),
    AfterTerm.NO_TERM: gettext_lazy("It goes on until it is cancelled."),
    AfterTerm.OVER: gettext_lazy("It has ended."),
}


def surcharge(est: ExtendedServiceTerm) -> str:
    """Return what an Extended Service Term costs more. Per cent of the monthly rate; no sum of money."""
    if len(est.surcharges) == 1:
        return _("Each month costs %(percent)d%% more than the monthly rate (Extended Service Term).") % {
            "percent": est.surcharges[0]
        }
    return _(
        "Each month costs %(percent)d%% more than the monthly rate, or %(other)d%% where there is no monthly plan "
        "(Extended Service Term)."
    ) % {"percent": min(est.surcharges, default=0), "other": max(est.surcharges, default=0)}


def _seats(count: int) -> str:
    return ngettext("%(count)d seat", "%(count)d seats", count) % {"count": count}


def _with_estimate(text: str, is_estimate: bool) -> str:
    return format_html('{} <span class="badge">{}</span>', text, ESTIMATE) if is_estimate else text


def facts_of_line(line: LineOutcome) -> list[Fact]:
    """Return what comes of one line of a purchase: its window, its first term, and what follows it."""
    facts = [Fact(_("Seats"), [str(line.quantity)])]
    if line.window_hours is None:
        later = LATER[line.afterwards] if line.afterwards else _("Not known: ask your partner.")
        facts.append(
            Fact(
                _("Can be cancelled"),
                [str(later) if line.afterwards != Afterwards.WHOLE_TERM_BILLED else _("not within the term")],
            )
        )
    else:
        span = duration(datetime.timedelta(hours=line.window_hours))
        refund = str(REFUNDS_OF_A_PURCHASE.get(line.refund, "")) if line.refund else ""
        within = _("for %(span)s from the purchase: %(refund)s") if refund else _("for %(span)s from the purchase")
        text = within % {"span": span, "refund": refund}
        facts.append(
            Fact(
                _("Can be cancelled"),
                [_with_estimate(text, True), *([str(LATER[line.afterwards])] if line.afterwards else [])],
            )
        )
    if line.first_term_end is not None:
        facts.append(
            Fact(_("First term"), [_("until %(date)s, if it is bought today") % {"date": day(line.first_term_end)}])
        )
    else:
        facts.append(Fact(_("First term"), [_("none: it goes on until it is cancelled")]))
    if line.est.applies:
        facts.append(
            Fact(
                _("After the term"),
                [
                    _("It renews, unless it is cancelled. With auto-renew off it goes on month by month. %(price)s")
                    % {"price": surcharge(line.est)}
                ],
            )
        )
    return facts

"""The page: reads the figures of one partner over one period, and puts the pictures together."""

import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import person
from accounts.models import Partner, User
from accounts.permissions import Capability, people_who
from portal.figures import bar_cards, cards, words
from portal.figures.choices import NAMED, PeriodForm, partner_chosen, partners_of
from portal.figures.help_answers import helped
from requests_app import figures
from requests_app.policy import BusinessHours

QUEUE = "admin:requests_app_subscriptionrequest_changelist"


@require_safe
def show_figures(request: HttpRequest) -> HttpResponse:
    """Show a manager how the desk is doing, over the period that the address names. Raises PermissionDenied, Http404."""
    user, now = person(request), timezone.now()
    partners = partners_of(user)
    partner = partner_chosen(partners, request.GET)
    form = PeriodForm(request.GET, now=now, partner=partner)
    name, period = form.period(request.GET.get("period", ""))
    if not form.errors:  # the fields say which days are shown, whichever way they were chosen
        form = PeriodForm({"first": period.first, "last": period.last}, now=now, partner=partner)
    several = {"partner": partner.pk} if len(partners) > 1 else {}
    context = {
        "title": _("Figures"),
        "partner": partner,
        "partners": partners if several else [],
        "form": form,
        "name": name,
        "choices": [
            (label, "?" + urlencode({"period": one} | several), one == name and not form.errors)
            for one, label in NAMED.items()
        ],
        "period_in_words": words.between(period.first, period.last),
        "zone": words.place(partner.time_zone),
        **_pictures(user, partner, period, now, several),
    }
    return render(request, "admin/figures/page.html", admin.site.each_context(request) | context)


def _pictures(
    user: User, partner: Partner, period: figures.Period, now: datetime.datetime, several: dict[str, Any]
) -> dict[str, Any]:
    """Read the figures, a statement each, and return the pictures and what stands above them."""

    def link(**parameters: Any) -> str:
        return f"{reverse(QUEUE)}?{urlencode(parameters | several)}"

    received = figures.received(user, partner, period, now)
    answers = figures.answers(user, partner, period, _clock(partner, period, now))
    done = figures.done(user, partner, period)
    open_now = figures.open_now(user, partner, now)
    found = helped(user, partner, period)
    team = list(people_who(Capability.WORK_REQUESTS, partner.pk))
    if not (received.total or done.count or open_now.total or found):
        return {"cards": []}
    return {
        "head": cards.head(received, answers, done, open_now, link),
        "cards": [
            cards.kinds(received, period),
            cards.states(received, period),
            cards.first_answers(answers, received, period, partner.answer_hours),
            cards.time_to_done(done, period),
            bar_cards.ages(open_now, now, link),
            bar_cards.windows(received),
            bar_cards.people(open_now, done, team, link),
            bar_cards.help_found(found, received),
        ],
    }


def _clock(partner: Partner, period: figures.Period, now: datetime.datetime) -> figures.BusinessClock:
    """Return the partner's business hours as a clock, from the first day of the period to tomorrow: no answer is later."""
    last = max(now.astimezone(partner.zone).date(), period.first) + datetime.timedelta(days=1)
    holidays = partner.holidays.filter(date__gte=period.first, date__lte=last).values_list("date", flat=True)
    hours = BusinessHours(
        zone=partner.zone,
        weekdays=frozenset(partner.business_days),
        opens=partner.opens_at,
        closes=partner.closes_at,
        holidays=frozenset(holidays),
    )
    return figures.BusinessClock(hours, period.first, last)

"""The page "What content does", and the same as a file."""

import datetime
from collections.abc import Iterator
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.http import person
from accounts.models import Partner, User
from accounts.permissions import Capability, partners_where
from portal.content import effects_cards
from portal.content.effects import Effects, Line, months_until, read_effects
from portal.lib import tables

LOOKS_AFTER = (Capability.MANAGE_CONTENT, Capability.MANAGE_OWN_CONTENT)

HEADINGS = [
    gettext_lazy("Month"),
    gettext_lazy("Kind"),
    gettext_lazy("Key"),
    gettext_lazy("Title"),
    gettext_lazy("Kept by"),
    gettext_lazy("Opened"),
    gettext_lazy("Helped"),
    gettext_lazy("Did not help"),
    gettext_lazy("Led to a request"),
]


@require_safe
def show_effects(request: HttpRequest) -> HttpResponse:
    """Show what each link and each resource did in a month: to staff at all partners, to managers at their own."""
    user, now = person(request), timezone.now()
    partners, everywhere = _partners(user)
    partner = _chosen(request, partners, everywhere)
    month = _month(request, now)
    shown = read_effects(user, partner, month, now)
    chosen = {"month": f"{month:%Y-%m}"} | (
        {"partner": partner.pk} if partner and (everywhere or len(partners) > 1) else {}
    )
    context = {
        "title": _("What content does"),
        "partner": partner,
        "partners": partners if everywhere or len(partners) > 1 else [],
        "everywhere": everywhere,
        "months": [(f"{one:%Y-%m}", date_format(one, "YEAR_MONTH_FORMAT"), one == month) for one in months_until(now)],
        "month": month,
        "head": effects_cards.head(shown),
        "cards": effects_cards.cards(shown, address_of_change),
        "export": f"{reverse('admin:content_effects_export')}?{urlencode(chosen)}",
    }
    return render(request, "admin/portal/effects.html", admin.site.each_context(request) | context)


@require_safe
def export_effects(request: HttpRequest) -> HttpResponseBase:
    """Hand out the month as CSV: a row for each link and each resource."""
    user, now = person(request), timezone.now()
    partner = _chosen(request, *_partners(user))
    shown = read_effects(user, partner, _month(request, now), now)
    return tables.answer(tables.Format.CSV, f"content-{shown.month:%Y-%m}", HEADINGS, _rows(shown))


def _rows(shown: Effects) -> Iterator[tables.Row]:
    for line in (*shown.links, *shown.resources):
        content, effect = line.content, line.effect
        yield [
            f"{shown.month:%Y-%m}",
            str(content._meta.verbose_name),
            content.key,
            str(content),
            str(content.partner or _("the site")),
            effect.opened,
            effect.helped,
            effect.not_helped,
            effect.asked,
        ]


def address_of_change(line: Line) -> str:
    """Return where a link or a resource is kept."""
    return reverse(f"admin:portal_{line.content._meta.model_name}_change", args=[line.content.pk])


def _partners(user: User) -> tuple[list[Partner], bool]:
    """Return the partners whose customers may be counted, by name, and whether all of them together may be.

    Raises PermissionDenied for who keeps no content.
    """
    where = partners_where(user, *LOOKS_AFTER)
    if where == []:
        raise PermissionDenied
    partners = Partner.objects.visible_to(user).order_by("name", "pk")
    return list(partners if where is None else partners.filter(pk__in=where)), where is None


def _chosen(request: HttpRequest, partners: list[Partner], everywhere: bool) -> Partner | None:
    """Return the partner that the address names; without one all of them (None), or the first. Raises Http404."""
    wanted = request.GET.get("partner", "")
    if not wanted:
        return None if everywhere else partners[0]
    for partner in partners:
        if str(partner.pk) == wanted:
            return partner
    raise Http404


def _month(request: HttpRequest, now: datetime.datetime) -> datetime.date:
    """Return the month that the address names; the current one for any that cannot be chosen."""
    months = months_until(now)
    return next((one for one in months if f"{one:%Y-%m}" == request.GET.get("month")), months[0])

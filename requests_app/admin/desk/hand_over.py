"""Handing over what somebody has who is away, or has left: the open requests of each person of a manager's team."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from accounts.admin_base import ScopedModelAdmin
from accounts.http import person
from accounts.models import Partner, PartnerMembership, User
from accounts.permissions import Capability, partners_where
from requests_app import queue
from requests_app.models import Action, BulkRun, Status
from requests_app.workflow import TRANSITIONS

LOOKED_AT = 20_000
"""Open requests that are counted; of more the page says that there are more."""


@dataclass(frozen=True)
class Has:
    """What one person has at one partner, and the view that shows it."""

    user: User
    partner: Partner
    is_there: bool
    count: int
    released: int
    query: str


class HandOverAdmin(ScopedModelAdmin):
    """Adds the page for managers; what it starts are steps with many requests."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.hand_over_view)
        return [path("hand-over/", view, name="requests_app_subscriptionrequest_hand_over"), *super().get_urls()]

    def hand_over_view(self, request: HttpRequest) -> HttpResponse:
        """List who has open requests, those who have left first. Reads only: its buttons lead to the question how."""
        partners = partners_where(person(request), Capability.MANAGE_COLLEAGUES)
        if partners == []:
            raise PermissionDenied
        rows, has_more = who_has_what(person(request), partners)
        context = self.admin_site.each_context(request) | {
            "title": _("Hand over what somebody has"),
            "subtitle": None,
            "opts": self.opts,
            "rows": rows,
            "has_more": has_more,
            "looked_at": f"{LOOKED_AT:,}",
            "shows_partners": len({one.partner.pk for one in rows}) > 1,
            "assign": BulkRun.Step.ASSIGN,
            "release": BulkRun.Step.RELEASE,
        }
        return TemplateResponse(request, "admin/requests_app/subscriptionrequest/hand_over.html", context)


def who_has_what(user: User, partners: list[int] | None) -> tuple[list[Has], bool]:
    """Return who has open requests at ``partners`` (None: anywhere), and whether there are more than were looked at.

    In four statements. Those who cannot work them any more come first, then by name.
    """
    requests = queue.worked_by(user).open().filter(assignee__isnull=False)
    if partners is not None:
        requests = requests.filter(partner_id__in=partners)
    found = list(requests.order_by().values_list("partner_id", "assignee_id", "status")[: LOOKED_AT + 1])
    counts: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for partner_id, assignee_id, status in found[:LOOKED_AT]:
        if assignee_id is not None:
            counts[partner_id, assignee_id][status] += 1
    people = User.objects.in_bulk({assignee for _partner, assignee in counts})
    where = Partner.objects.visible_to(user).in_bulk({partner for partner, _assignee in counts})
    there = set(
        PartnerMembership.objects.filter(partner_id__in=where, user_id__in=people).values_list("partner_id", "user_id")
    )
    rows = [
        Has(
            user=people[assignee_id],
            partner=where[partner_id],
            is_there=(partner_id, assignee_id) in there and people[assignee_id].is_active,
            count=by_status.total(),
            released=sum(by_status[status] for status in map(Status, TRANSITIONS[Action.RELEASE].sources)),
            query=queue.View(show="open", assignee=assignee_id, partner=partner_id).query(),
        )
        for (partner_id, assignee_id), by_status in counts.items()
        if assignee_id in people and partner_id in where
    ]
    rows.sort(key=lambda one: (one.is_there, one.user.name, one.user.pk, one.partner.pk))
    return rows, len(found) > LOOKED_AT

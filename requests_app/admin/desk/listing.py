"""The queue as a list: what to look at, what each line says, claiming several at once."""

import datetime
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.views.main import SEARCH_VAR
from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from accounts.admin_base import ScopedModelAdmin
from accounts.http import person
from accounts.permissions import Capability
from portal.lib.display import day, duration, status_badge
from requests_app import queue, workflow
from requests_app.correlation import number_in
from requests_app.models import Action, DeadlineReason, Kind, Status, SubscriptionRequest


class WorkingSetFilter(admin.SimpleListFilter):
    """What to look at. Without a choice: what is open. Tabs above the queue, with how much is behind each."""

    title = gettext_lazy("show")
    parameter_name = "show"
    template = "admin/filter_tabs.html"
    as_tabs = True

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        self.searching = bool(request.GET.get(SEARCH_VAR, "").strip())
        super().__init__(request, *args)
        self.counts = queue.counts(person(request), timezone.now())

    def value(self) -> str | None:
        """What was chosen. A search without a choice looks everywhere: who asks on the phone does not know the tab."""
        return super().value() or ("all" if self.searching else None)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("mine", gettext_lazy("Mine")),
            ("unassigned", gettext_lazy("Unassigned")),
            ("overdue", gettext_lazy("Overdue")),
            ("waiting", gettext_lazy("Waiting for the customer")),
            ("approved", gettext_lazy("To be done in Partner Center")),
            ("failed", gettext_lazy("Failed")),
            ("closed", pgettext_lazy("requests", "Closed")),
            ("all", gettext_lazy("All")),
        ]

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        known = {"approved": self.counts.to_complete, **asdict(self.counts)}
        yield default | {"display": pgettext("requests", "Open"), "count": self.counts.open}
        for (value, _label), choice in zip(self.lookup_choices, others, strict=True):
            yield choice | {"count": known.get(value)}

    def queryset(self, request: HttpRequest, queryset: Any) -> models.QuerySet[Any]:
        views: dict[str | None, Callable[[], models.QuerySet[Any]]] = {
            "mine": lambda: queryset.open().filter(assignee=request.user),
            "unassigned": lambda: queryset.filter(status=Status.SUBMITTED),
            "overdue": lambda: queryset.open().filter(deadline__lt=timezone.now()),
            "waiting": lambda: queryset.filter(status=Status.WAITING),
            "approved": lambda: queryset.filter(status=Status.APPROVED),
            "failed": lambda: queryset.filter(status=Status.FAILED),
            "closed": lambda: queryset.filter(closed_at__isnull=False),
            "all": lambda: queryset,
        }
        return views.get(self.value(), queryset.open)()


class QueueAdmin(ScopedModelAdmin):
    """The queue: open requests, soonest deadline first."""

    list_display = ["number", "customer", "what", "state", "due", "with_whom", "received"]
    list_filter = [WorkingSetFilter, "kind"]
    search_fields = ["number__istartswith", "customer__name"]
    search_help_text = gettext_lazy("Number or customer")
    actions = ["claim_selected"]
    ordering = queue.QUEUE_ORDER

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Open requests by deadline; where closed ones are listed, the newest first."""
        return ("-submitted_at", "-pk") if request.GET.get("show") in ("closed", "all") else queue.QUEUE_ORDER

    def get_actions(
        self, request: HttpRequest, action_location: admin.ActionLocation = admin.ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        """Offer to claim where there may be something to claim."""
        return (
            {}
            if request.GET.get("show") in ("closed", "mine", "waiting", "approved", "failed")
            else super().get_actions(request, action_location)
        )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        requests: Any = super().get_queryset(request)
        joined = ("customer__partner", "assignee", "author", "subscription__product")
        return requests.select_related(*joined).with_lines()

    @admin.display(description=gettext_lazy("what"))
    def what(self, obj: SubscriptionRequest) -> SafeString:
        details = [obj.get_kind_display(), obj.get_cancel_when_display(), obj.get_at_end_of_term_display()]
        return format_html(
            '<span class="cell-line">{}</span><span class="cell-line small muted">{}</span>',
            Truncator(subject(obj)).chars(60),
            " · ".join(str(one) for one in details if one),
        )

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, obj: SubscriptionRequest) -> SafeString:
        return status_badge(obj)

    @admin.display(description=gettext_lazy("deadline (UTC)"), ordering="deadline")
    def due(self, obj: SubscriptionRequest) -> SafeString:
        """In UTC, with what is left of it in words and what it is for; of a closed request, when it was closed."""
        if obj.closed_at:
            return format_html(
                '<span class="muted nowrap">{}</span>',
                _("closed %(date)s") % {"date": day(timezone.localtime(obj.closed_at))},
            )
        now = timezone.now()
        shown = {
            "subscription_request": obj,
            "now": now,
            "tomorrow": now + queue.SOON,
            "roughly": duration(obj.deadline - now, 1),
        }
        utc = date_format(obj.deadline.astimezone(datetime.UTC), "DATETIME_FORMAT")
        left = render_to_string("admin/includes/time_to_go.html", shown)
        pressing = {
            DeadlineReason.WINDOW: _("before the window shuts"),
            DeadlineReason.END_OF_TERM: _("before the term ends"),
        }
        reason = pressing.get(DeadlineReason(obj.deadline_reason), "") if obj.customer.partner.lead_time_days else ""
        line = format_html('<span class="cell-line small muted nowrap">{}</span>', reason) if reason else ""
        return format_html('<span class="cell-line nowrap">{}</span>{}{}', utc, left, line)

    @admin.display(description=gettext_lazy("assignee"), ordering="assignee")
    def with_whom(self, obj: SubscriptionRequest) -> SafeString | str:
        return str(obj.assignee) if obj.assignee else format_html('<span class="muted">{}</span>', _("nobody"))

    @admin.display(description=gettext_lazy("received"), ordering="submitted_at")
    def received(self, obj: SubscriptionRequest) -> Any:
        return obj.submitted_at

    @admin.action(description=gettext_lazy("Claim the selected requests"), permissions=["work"])
    def claim_selected(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """Claim each by itself; what was refused is reported with its reason, the others stay claimed."""
        claimed, refused = 0, []
        if request.POST.get("select_across") != "1":  # what a colleague took meanwhile has left the tab, not the report
            queryset = self.get_queryset(request).filter(pk__in=request.POST.getlist(helpers.ACTION_CHECKBOX_NAME))
        for subscription_request in queryset.order_by(*queue.QUEUE_ORDER):
            if not workflow.may_take(Action.CLAIM, subscription_request, person(request)):
                refused.append(f"{subscription_request.number}: {own_request()}")
                continue
            try:
                workflow.claim(subscription_request, actor=person(request))
                claimed += 1
            except workflow.WorkflowError as error:
                refused.append(f"{subscription_request.number}: {error}")
        if claimed:
            text = ngettext("%(count)d request is yours now.", "%(count)d requests are yours now.", claimed)
            messages.success(request, text % {"count": claimed})
        for line in refused:
            messages.warning(request, line)

    def has_work_permission(self, request: HttpRequest) -> bool:
        return self._may(request, (Capability.WORK_REQUESTS,))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Search by number, with or without its R-, by correlation ID, and by customer."""
        term = search_term.strip()
        if number := number_in(term):
            return queryset.filter(number=number), False
        if term.isascii() and term.isdecimal():
            return queryset.filter(number__startswith=f"R-{term}"), False
        return super().get_search_results(request, queryset, search_term)


def own_request() -> str:
    """Return why whoever has filed a request cannot decide on it."""
    return _("You have filed this request yourself: a colleague decides.")


def subject(subscription_request: SubscriptionRequest) -> str:
    """Return what a request is about in a line: the subscription, with how many seats, or what to buy."""
    if subscription_request.kind == Kind.PURCHASE:
        return ", ".join(f"{line.quantity} × {line.offer.product}" for line in subscription_request.lines.all())
    sign = {Kind.MORE_SEATS: "+", Kind.FEWER_SEATS: "−"}.get(Kind(subscription_request.kind))
    about = str(subscription_request.subscription)
    return f"{sign}{subscription_request.seats} × {about}" if sign else about

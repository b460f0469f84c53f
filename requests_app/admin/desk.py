"""The desk: the queue, a request's page, and the steps."""

import datetime
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from accounts.admin_base import ScopedModelAdmin
from accounts.http import person
from accounts.permissions import Capability, can
from portal.lib import resume
from portal.lib.display import day, duration, icon, status_badge
from requests_app import queue, workflow
from requests_app.forms.desk import CompleteForm, ConfirmForm, DeclineForm, NoteForm
from requests_app.models import Action, Kind, RequestEvent, Status, SubscriptionRequest


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
            ("approved", gettext_lazy("To be done in Partner Center")),
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
            "approved": lambda: queryset.filter(status=Status.APPROVED),
            "closed": lambda: queryset.filter(closed_at__isnull=False),
            "all": lambda: queryset,
        }
        return views.get(self.value(), queryset.open)()


STEP_FORMS: dict[Action, Callable[..., forms.Form]] = {
    Action.CLAIM: ConfirmForm,
    Action.RELEASE: NoteForm,
    Action.APPROVE: NoteForm,
    Action.DECLINE: DeclineForm,
    Action.COMPLETE: CompleteForm,
}
"""What each step of the desk asks for before it is taken."""

STEPS: dict[Action, Callable[..., SubscriptionRequest]] = {
    Action.CLAIM: workflow.claim,
    Action.RELEASE: workflow.release,
    Action.APPROVE: workflow.approve,
    Action.DECLINE: workflow.decline,
    Action.COMPLETE: workflow.complete,
}

FORWARD = frozenset({Action.CLAIM, Action.APPROVE, Action.COMPLETE})
"""The steps that lead on to the deed: shown first, and as the obvious ones."""

DONE = {
    Action.CLAIM: gettext_lazy("%(number)s is yours."),
    Action.RELEASE: gettext_lazy("%(number)s is open to all of you again."),
    Action.APPROVE: gettext_lazy("%(number)s is approved. Carry it out in Partner Center, then complete it here."),
    Action.DECLINE: gettext_lazy("%(number)s is declined. The customer has been told why."),
    Action.COMPLETE: gettext_lazy("%(number)s is done. The customer has been told."),
}


@admin.register(SubscriptionRequest)
class SubscriptionRequestAdmin(ScopedModelAdmin):
    """The queue: open requests, soonest deadline first. Nothing here is edited as a field; steps change a request."""

    view_capabilities = (Capability.WORK_REQUESTS,)
    edit_capabilities = ()
    partner_path = "partner"
    may_be_added = False
    list_display = ["number", "customer", "what", "state", "due", "with_whom", "received"]
    list_filter = [WorkingSetFilter, "kind"]
    search_fields = ["number__istartswith", "customer__name"]
    search_help_text = gettext_lazy("Number or customer")
    actions = ["claim_selected"]
    ordering = queue.QUEUE_ORDER
    change_form_template = "admin/requests_app/subscriptionrequest/detail.html"

    # --- The queue ---

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Open requests by deadline; where closed ones are listed, the newest first."""
        return ("-submitted_at", "-pk") if request.GET.get("show") in ("closed", "all") else queue.QUEUE_ORDER

    def get_actions(
        self, request: HttpRequest, action_location: admin.ActionLocation = admin.ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        """Offer to claim where there may be something to claim."""
        return (
            {}
            if request.GET.get("show") in ("closed", "mine", "approved")
            else super().get_actions(request, action_location)
        )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        requests: Any = super().get_queryset(request)
        return requests.select_related("customer", "assignee", "author", "subscription__product").with_lines()

    @admin.display(description=gettext_lazy("what"))
    def what(self, obj: SubscriptionRequest) -> SafeString:
        return format_html(
            '<span class="cell-line">{}</span><span class="cell-line small muted">{}</span>',
            Truncator(subject(obj)).chars(60),
            " · ".join(filter(None, [obj.get_kind_display(), obj.get_cancel_when_display()])),
        )

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, obj: SubscriptionRequest) -> SafeString:
        return status_badge(obj)

    @admin.display(description=gettext_lazy("deadline (UTC)"), ordering="deadline")
    def due(self, obj: SubscriptionRequest) -> SafeString:
        """In UTC, with what is left of it in words; of a closed request, when it was closed."""
        if obj.closed_at:
            return format_html(
                '<span class="muted nowrap">{}</span>',
                _("closed %(date)s") % {"date": day(timezone.localtime(obj.closed_at))},
            )
        utc = date_format(obj.deadline.astimezone(datetime.UTC), "DATETIME_FORMAT")
        return format_html('<span class="cell-line nowrap">{}</span>{}', utc, time_to_go(obj.deadline, timezone.now()))

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
        """Search by number, with or without its R-, and by customer."""
        term = search_term.strip()
        if term.isascii() and term.isdecimal():
            return queryset.filter(number__startswith=f"R-{term}"), False
        return super().get_search_results(request, queryset, search_term)

    # --- One request ---

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a request with what an agent needs to decide, and the steps that are allowed now. Reads only."""
        subscription_request = self._fetch(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied(_("A request is not edited: use one of the steps."))
        return TemplateResponse(request, self.change_form_template, self._page(request, subscription_request))

    def get_urls(self) -> list[URLPattern]:
        steps = [
            path(
                f"<int:object_id>/{action.value}/",
                resume.keeps_form(self.admin_site.admin_view(partial(self.step_view, action=action))),
                name=f"requests_app_subscriptionrequest_{action.value}",
            )
            for action in STEPS
        ]
        return [*steps, *super().get_urls()]

    def step_view(self, request: HttpRequest, object_id: int, action: Action) -> HttpResponse:
        """GET asks for what the step needs, POST takes it. Whoever comes too late is told, and keeps their text."""
        subscription_request = self._fetch(request, str(object_id))
        self._require_work(request, subscription_request)
        data = request.POST if request.method == "POST" else resume.take_back(request)
        form = self._step_form(action, subscription_request, data)
        if request.method == "POST" and form.is_valid():
            try:
                STEPS[action](subscription_request, actor=person(request), **form.cleaned_data)
            except workflow.WorkflowError as error:
                subscription_request = self._fetch(request, str(object_id))
                form.add_error(None, str(error))
            else:
                messages.success(request, DONE[action] % {"number": subscription_request.number})
                return redirect("admin:requests_app_subscriptionrequest_change", object_id)
        possible = action in workflow.available_actions(subscription_request, person(request))
        if not possible and request.method == "POST" and not form.non_field_errors():
            form.add_error(None, workflow.why_not(subscription_request, person(request)))
        if not possible and request.method != "POST":
            messages.warning(
                request,
                _("This step is not possible: the request is “%(status)s”.")
                % {"status": subscription_request.get_status_display()},
            )
            return redirect("admin:requests_app_subscriptionrequest_change", object_id)
        context = self._page(request, subscription_request) | {"form": form, "action": action, "possible": possible}
        return TemplateResponse(request, "admin/requests_app/subscriptionrequest/step.html", context)

    def _fetch(self, request: HttpRequest, object_id: str) -> SubscriptionRequest:
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found

    def _require_work(self, request: HttpRequest, subscription_request: SubscriptionRequest) -> None:
        if not can(request.user, Capability.WORK_REQUESTS, subscription_request.customer):
            raise PermissionDenied

    def _step_form(self, action: Action, subscription_request: SubscriptionRequest, data: Any) -> forms.Form:
        form_class = STEP_FORMS[action]
        if form_class is CompleteForm:
            return CompleteForm(data, subscription_request=subscription_request)
        return form_class(data)

    def _page(self, request: HttpRequest, subscription_request: SubscriptionRequest) -> dict[str, Any]:
        events = RequestEvent.objects.filter(subscription_request=subscription_request).for_timeline()
        subscription = subscription_request.subscription
        now = timezone.now()
        return self.admin_site.each_context(request) | {
            "title": str(subscription_request),
            "subtitle": None,
            "opts": self.opts,
            "original": subscription_request,
            "subscription_request": subscription_request,
            "customer": subscription_request.customer,
            "lines": subscription_request.lines.all(),
            "events": list(events),
            "steps": [
                {
                    "action": action,
                    "label": action.label,
                    "url": self._step_url(subscription_request, action),
                    "primary": action in FORWARD,
                }
                for action in sorted(
                    workflow.available_actions(subscription_request, person(request)),
                    key=lambda action: action not in FORWARD,
                )
                if action in STEPS
            ],
            "other_open": list(
                queue.worked_by(person(request))
                .open()
                .filter(customer=subscription_request.customer)
                .select_related("subscription__product", "customer", "assignee")
                .with_lines()
                .order_by(*queue.QUEUE_ORDER)
                .exclude(pk=subscription_request.pk)[:5]
            ),
            "now": now,
            "resume_token": resume.token_for(person(request).pk),
            "tomorrow": now + datetime.timedelta(days=1),
            "window_open": subscription is not None and subscription.window_is_open(now),
        }

    def _step_url(self, subscription_request: SubscriptionRequest, action: Action) -> str:
        return reverse(f"admin:requests_app_subscriptionrequest_{action.value}", args=[subscription_request.pk])


def subject(subscription_request: SubscriptionRequest) -> str:
    """Return what a request is about in a line: the subscription to cancel, or what to buy."""
    if subscription_request.kind == Kind.CANCELLATION:
        return str(subscription_request.subscription)
    return ", ".join(f"{line.quantity} × {line.offer.product}" for line in subscription_request.lines.all())


def time_to_go(deadline: datetime.datetime, now: datetime.datetime) -> SafeString:
    """Return how much time is left until ``deadline``: quiet, a warning within the last day, an alarm after it."""
    if deadline < now:
        text = _("overdue for %(time)s") % {"time": duration(now - deadline, 1)}
        return format_html('<span class="badge badge-danger">{}{}</span>', icon("triangle-alert"), text)
    text = _("%(time)s left") % {"time": duration(deadline - now, 1)}
    if deadline - now < datetime.timedelta(days=1):
        return format_html('<span class="badge badge-warning">{}{}</span>', icon("clock"), text)
    return format_html('<span class="cell-line small muted">{}</span>', text)

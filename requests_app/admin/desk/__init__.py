"""The desk: the queue, a request's page, and the steps."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import person
from accounts.permissions import Capability, can
from portal.lib import resume
from requests_app import waiting, workflow
from requests_app.admin.desk import request_page
from requests_app.admin.desk.bulk import BulkAdmin
from requests_app.admin.desk.export import ExportAdmin
from requests_app.admin.desk.hand_over import HandOverAdmin
from requests_app.admin.desk.listing import QueueAdmin, own_request, view_nav
from requests_app.admin.desk.steps import STEPS, sent_with, taken_before, typed
from requests_app.forms.completing import CompleteForm, has_choice
from requests_app.forms.conversation import ConversationForm
from requests_app.models import Action, SubscriptionRequest
from requests_app.queue import View

__all__ = ["SubscriptionRequestAdmin"]


@admin.register(SubscriptionRequest)
class SubscriptionRequestAdmin(BulkAdmin, ExportAdmin, HandOverAdmin, QueueAdmin):
    """The queue, and the page of each request. Nothing here is edited as a field; steps change a request."""

    view_capabilities = (Capability.WORK_REQUESTS,)
    edit_capabilities = ()
    partner_path = "partner"
    may_be_added = False
    change_form_template = "admin/requests_app/subscriptionrequest/detail.html"
    step_template = "admin/requests_app/subscriptionrequest/step.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a request with what an agent needs to decide, and the steps that are allowed now. Reads only."""
        filed = self._fetch(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied(_("A request is not edited: use one of the steps."))
        return TemplateResponse(request, self.change_form_template, self._page(request, filed))

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
        filed = self._fetch(request, str(object_id))
        if not can(request.user, Capability.WORK_REQUESTS, filed.customer):
            raise PermissionDenied
        if request.method == "POST":
            return self._take(request, filed, action)
        if action not in workflow.available_actions(filed, person(request)):
            messages.warning(request, self._why_not(request, filed, action))
            return redirect(self._address(request, filed))
        data = resume.take_back(request)
        return self._show_step(request, filed, action, self._form(filed, action, data), data)

    def _take(self, request: HttpRequest, filed: SubscriptionRequest, action: Action) -> HttpResponse:
        """Take the step that was sent, or show its page again with what was typed and with what is in its way."""
        user, step = person(request), STEPS[action]
        form = self._form(filed, action, request.POST, request.FILES)
        shown_before: QueryDict | None = request.POST
        if taken_before(filed, request.POST, user):
            messages.info(request, _("You have sent this form already. Nothing was sent twice."))
            return redirect(self._address(request, filed))
        if form.is_valid():
            try:
                step.take(filed, actor=user, sent=sent_with(request.POST, form), **typed(form))
            except workflow.WorkflowError as error:
                form.add_error(None, str(error))
                filed, shown_before = self._fetch(request, str(filed.pk)), None
            except IntegrityError as error:
                if "submission_key" not in str(error):
                    raise
                form.add_error(None, _("This form cannot be sent again. Open it anew."))
                shown_before = None
            else:
                messages.success(request, step.done % {"number": filed.number})
                return redirect(self._address(request, filed))
        if action not in workflow.available_actions(filed, user) and not form.non_field_errors():
            form.add_error(None, workflow.why_not(filed, user))
        if isinstance(form, ConversationForm):
            form.uploads_are_lost()
        return self._show_step(request, filed, action, form, shown_before)

    def _show_step(
        self,
        request: HttpRequest,
        filed: SubscriptionRequest,
        action: Action,
        form: Form,
        shown_before: QueryDict | None,
    ) -> HttpResponse:
        """Show a step's page. ``shown_before``: what its author had been shown; None: the page as it is now.

        Where only a field was wrong the form still says what its author had seen: what has changed meanwhile is told
        when the step is taken, not passed over.
        """
        context = self._page(request, filed)
        carried = ("submission_key", "version", "seen")
        kept = {name: shown_before[name] for name in carried if shown_before.get(name)} if shown_before else {}
        context |= kept | {
            "form": form,
            "action": action,
            "key": "" if STEPS[action].apart else STEPS[action].key,
            "decides": action in workflow.DECISIONS,
            "possible": action in workflow.available_actions(filed, person(request)),
        }
        return TemplateResponse(request, self.step_template, context)

    def _why_not(self, request: HttpRequest, filed: SubscriptionRequest, action: Action) -> str:
        if filed.is_open and not workflow.may_take(action, filed, person(request)):
            return own_request()
        return _("This step is not possible: the request is “%(status)s”.") % {"status": filed.get_status_display()}

    def _fetch(self, request: HttpRequest, object_id: str) -> SubscriptionRequest:
        found = request_page.fetch(person(request), object_id)
        if found is None:
            raise Http404
        waiting.know(request, found.at_desk)  # type: ignore[attr-defined]  # annotated by fetch
        return found

    def _address(self, request: HttpRequest, filed: SubscriptionRequest) -> str:
        return request_page.address(filed, "change", View.carried_by(request.GET))

    def _form(self, filed: SubscriptionRequest, action: Action, data: Any = None, files: Any = None) -> Form:
        form_class = STEPS[action].form
        if form_class is CompleteForm and has_choice(filed) and filed.subscription is not None:
            filed.subscription.customer = filed.customer
            outcome = request_page.outcome_now(filed, timezone.now())
            return CompleteForm(data, files, subscription_request=filed, outcome=outcome)
        return form_class(data, files, subscription_request=filed)

    def _page(self, request: HttpRequest, filed: SubscriptionRequest) -> dict[str, Any]:
        return (
            self.admin_site.each_context(request)
            | {"title": str(filed), "subtitle": None, "opts": self.opts, "original": filed}
            | request_page.context(filed, person(request), timezone.now(), View.carried_by(request.GET))
            | view_nav(request, filed, timezone.now())
        )

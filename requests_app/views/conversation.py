"""What the customer's people do about a request that is filed: answer, write, withdraw. Nothing that was typed is lost."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.active_customer import customer_page
from accounts.http import PersonRequest
from accounts.models import Customer
from accounts.permissions import Capability, require
from portal.lib import resume
from requests_app import workflow
from requests_app.forms.conversation import ConversationForm, MessageForm, StepForm
from requests_app.models import Action, SubscriptionRequest
from requests_app.views.requests import FORMS, actions_of, my_request, request_page

STEPS: dict[Action, Callable[..., SubscriptionRequest]] = {
    Action.ANSWER: workflow.answer,
    Action.MESSAGE: workflow.message,
    Action.WITHDRAW: workflow.withdraw,
}
DONE = {
    Action.ANSWER: gettext_lazy("Your answer is with %(partner)s. They go on with the request."),
    Action.MESSAGE: gettext_lazy("Your message is with %(partner)s."),
    Action.WITHDRAW: gettext_lazy("You have withdrawn the request. Your partner will not act on it."),
}


def _view(action: Action, doc: str) -> Callable[..., HttpResponse]:
    def view(request: PersonRequest, customer: Customer, number: str) -> HttpResponse:
        return _step(request, number, action)

    view.__doc__ = doc
    return resume.keeps_form(require_http_methods(["GET", "HEAD", "POST"])(customer_page(view)))


answer_request = _view(Action.ANSWER, "Answer what the partner has asked.")
write_message = _view(Action.MESSAGE, "Write a message that both sides see.")
withdraw_request = _view(Action.WITHDRAW, "Take a request back.")


def _step(request: PersonRequest, number: str, action: Action) -> HttpResponse:
    """Take a step, or show the request's page again with the form as it was typed.

    A GET is somebody who was signed out while typing and has come back, or who reloads: it takes no step.
    """
    subscription_request = my_request(request, number)
    if request.method != "POST":
        return _come_back(request, subscription_request, action)
    require(request.user, Capability.ASK, subscription_request.customer)
    form = _form(action, subscription_request, request.POST, request.FILES)
    if form.is_valid():
        try:
            _take(request, subscription_request, action, form)
        except workflow.WorkflowError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, DONE[action] % {"partner": subscription_request.partner})
            return redirect(subscription_request)
    return _show_again(request, my_request(request, number), action, form)


def _form(action: Action, subscription_request: SubscriptionRequest, *data: Any) -> StepForm:
    return FORMS[action](*data, subscription_request=subscription_request, auto_id=f"{action}_%s")


def _take(
    request: PersonRequest, subscription_request: SubscriptionRequest, action: Action, form: StepForm
) -> SubscriptionRequest:
    given = dict(form.cleaned_data)
    version = request.POST.get("version", "")
    sent = workflow.Sent(
        # Of this form, in these hands: somebody else's key, or that of another form, is none.
        key=uuid.uuid5(form.key, f"{subscription_request.pk} {request.user.pk} {action}"),
        version=int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None,
        uploads=given.pop("uploads", ()),
    )
    return STEPS[action](subscription_request, actor=request.user, sent=sent, **given)


def _come_back(request: PersonRequest, subscription_request: SubscriptionRequest, action: Action) -> HttpResponse:
    kept = resume.take_back(request)
    if kept is None:
        return redirect(subscription_request)
    messages.info(
        request,
        _("You had been signed out. What you typed is still here: look it over and send it. Choose files again."),
    )
    return _show_again(request, subscription_request, action, _form(action, subscription_request, kept))


def _show_again(
    request: PersonRequest, subscription_request: SubscriptionRequest, action: Action, form: StepForm
) -> HttpResponse:
    if action not in actions_of(subscription_request, request):
        return _too_late(request, subscription_request, form)
    if isinstance(form, ConversationForm):
        form.uploads_are_lost()
    return request_page(request, subscription_request, {action: form})


def _too_late(request: PersonRequest, subscription_request: SubscriptionRequest, form: StepForm) -> HttpResponse:
    """Tell who was quicker; what was typed waits as a message, which can be sent in every state."""
    for error in form.non_field_errors() or [workflow.why_not(subscription_request, request.user)]:
        messages.error(request, str(error))
    text = form.data.get("text") or form.data.get("note")
    if not text or Action.MESSAGE not in actions_of(subscription_request, request):
        return redirect(subscription_request)
    message = MessageForm(
        {"text": text}, form.files, subscription_request=subscription_request, auto_id=f"{Action.MESSAGE}_%s"
    )
    message.add_error("text", _("What you typed is here. Send it as a message if it still matters."))
    message.uploads_are_lost()
    return request_page(request, subscription_request, {Action.MESSAGE: message})

"""The steps of the desk: what each asks for, which step of the workflow it takes, what is said once it is taken."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.forms import Form
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from requests_app import workflow
from requests_app.forms import completing, conversation
from requests_app.forms import desk as forms
from requests_app.models import Action, RequestEvent, SubscriptionRequest


@dataclass(frozen=True)
class Step:
    """One step: the form that it asks for, the function that takes it, the sentence once it is taken.

    ``forward``: it leads on to the deed, and is shown first, as the obvious one. ``apart``: it is not among the
    buttons, because the conversation offers it. ``key``: of the keyboard; on the step's own page it takes the step.
    """

    take: Callable[..., SubscriptionRequest]
    form: type[forms.StepForm] | type[conversation.ConversationForm]
    done: Promise
    forward: bool = False
    apart: bool = False
    key: str = ""


STEPS: dict[Action, Step] = {
    Action.CLAIM: Step(workflow.claim, forms.ConfirmForm, _("%(number)s is yours."), forward=True, key="c"),
    Action.APPROVE: Step(
        workflow.approve,
        forms.NoteForm,
        _("%(number)s is approved. Carry it out in Partner Center, then complete it here."),
        forward=True,
        key="a",
    ),
    Action.COMPLETE: Step(
        workflow.complete,
        completing.CompleteForm,
        _("%(number)s is done. The customer has been told."),
        forward=True,
        key="d",
    ),
    Action.RETRY: Step(
        workflow.retry,
        forms.NoteForm,
        _("%(number)s is approved again. Carry it out in Partner Center, then complete it here."),
        forward=True,
        key="a",
    ),
    Action.RESUME: Step(workflow.resume, forms.NoteForm, _("%(number)s is in review again."), forward=True, key="e"),
    Action.ASK_CUSTOMER: Step(
        workflow.ask_customer,
        conversation.QuestionForm,
        _("The customer has been asked. %(number)s waits for their answer."),
        key="q",
    ),
    Action.DECLINE: Step(
        workflow.decline, forms.DeclineForm, _("%(number)s is declined. The customer has been told why."), key="x"
    ),
    Action.FAIL: Step(
        workflow.fail, forms.FailForm, _("%(number)s is marked as failed. The customer has been told why."), key="f"
    ),
    Action.REASSIGN: Step(workflow.reassign, forms.ReassignForm, _("%(number)s is your colleague's now."), key="h"),
    Action.RELEASE: Step(workflow.release, forms.NoteForm, _("%(number)s is open to all of you again."), key="l"),
    Action.MESSAGE: Step(
        workflow.message, conversation.MessageForm, _("Your message on %(number)s is sent."), apart=True
    ),
    Action.NOTE: Step(
        workflow.note, conversation.NoteForm, _("Your note on %(number)s is kept. Only colleagues see it."), apart=True
    ),
}
"""In the order in which a page offers them."""


def typed(form: Form) -> dict[str, Any]:
    """Return what was typed, as the step's function takes it; files go along otherwise."""
    return {name: value for name, value in form.cleaned_data.items() if name != "uploads"}


def sent_with(data: QueryDict, form: Form) -> workflow.Sent:
    """Return what the form carried besides. Nonsense counts as nothing: no reader could correct it."""
    version = data.get("version", "")
    return workflow.Sent(
        key=key_of(data),
        version=int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None,
        seen=data.get("seen") or None,
        uploads=form.cleaned_data.get("uploads", ()),
    )


def key_of(data: QueryDict) -> uuid.UUID | None:
    """Return the key of the form that was sent; a form without one, or with nonsense, is a form of its own."""
    try:
        return uuid.UUID(data.get("submission_key", ""))
    except ValueError:
        return None


def taken_before(subscription_request: SubscriptionRequest, data: QueryDict, user: User) -> bool:
    """Return whether ``user`` has sent this very form already: after the way back, or once more."""
    key = key_of(data)
    events = RequestEvent.objects.filter(subscription_request=subscription_request, actor=user)
    return key is not None and events.filter(key=key).exists()

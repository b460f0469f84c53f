"""What is said about a step with many requests: before it, and once it is taken."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from requests_app.models import BulkItem, BulkRun

Step, Outcome = BulkRun.Step, BulkItem.Outcome


def title(step: str, count: int) -> str:
    """Return what is about to be done, or was done, with how many."""
    text = {
        Step.CLAIM: ngettext("Claim %(count)s request", "Claim %(count)s requests", count),
        Step.ASSIGN: ngettext("Assign %(count)s request", "Assign %(count)s requests", count),
        Step.RELEASE: ngettext("Release %(count)s request", "Release %(count)s requests", count),
        Step.DECLINE: ngettext("Decline %(count)s request", "Decline %(count)s requests", count),
    }[Step(step)]
    return text % {"count": f"{count:,}"}


def about(count: int, *, is_everything: bool) -> str:
    """Return which requests are meant."""
    text = (
        ngettext("The %(count)s request that your view shows", "All %(count)s requests that your view shows", count)
        if is_everything
        else ngettext("The %(count)s request that you selected", "The %(count)s requests that you selected", count)
    )
    return text % {"count": f"{count:,}"}


def possible(step: str, count: int) -> str:
    """Return what will become of those with which the step is possible."""
    text = {
        Step.CLAIM: ngettext(
            "%(count)s request will be yours and “in review”.",
            "%(count)s requests will be yours and “in review”.",
            count,
        ),
        Step.ASSIGN: ngettext(
            "%(count)s request will be your colleague's.", "%(count)s requests will be your colleague's.", count
        ),
        Step.RELEASE: ngettext(
            "%(count)s request goes back to the queue, with nobody.",
            "%(count)s requests go back to the queue, with nobody.",
            count,
        ),
        Step.DECLINE: ngettext(
            "%(count)s request will be declined and closed. It cannot be reopened.",
            "%(count)s requests will be declined and closed. They cannot be reopened.",
            count,
        ),
    }[Step(step)]
    return text % {"count": f"{count:,}"}


def who_hears(step: str) -> list[str]:
    """Return what happens besides, and who gets mails."""
    return {
        Step.CLAIM: [
            _("Each customer gets a mail that somebody is looking at it, the first time that a request is claimed."),
        ],
        Step.ASSIGN: [
            _("What nobody has yet is claimed on the way: it is “in review” then, and its customer gets a mail."),
            _("Deadlines stay. Your colleague gets one mail about all of them."),
        ],
        Step.RELEASE: [_("Deadlines stay. The customers get no mail.")],
        Step.DECLINE: [_("Each customer gets a mail with your reason. Nothing changes in Partner Center.")],
    }[Step(step)]


def done(run: BulkRun, count: int) -> str:
    """Return how many were done, in a sentence."""
    text = {
        Step.CLAIM: ngettext("%(count)s request is yours now.", "%(count)s requests are yours now.", count),
        Step.ASSIGN: ngettext("%(who)s has %(count)s request now.", "%(who)s has %(count)s requests now.", count),
        Step.RELEASE: ngettext(
            "%(count)s request is open to all of you again.", "%(count)s requests are open to all of you again.", count
        ),
        Step.DECLINE: ngettext(
            "%(count)s request is declined. The customer has been told why.",
            "%(count)s requests are declined. The customers have been told why.",
            count,
        ),
    }[Step(run.step)]
    return text % {"count": f"{count:,}", "who": run.assignee}


def why(item: BulkItem) -> str:
    """Return why the step was not taken with a request: the workflow's sentence, else one of ours."""
    if item.sentence:
        return item.sentence
    if item.outcome == Outcome.GONE:
        return _("You do not work for its partner any more, or may not sign in.")
    return _("Something went wrong on our side. Open the request and try the step there.")

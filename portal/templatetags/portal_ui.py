"""What the templates of the site share; most functions themselves are in ``portal.lib.display``."""

from django import template
from django.forms import BoundField
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from portal.lib import display
from requests_app import labels, revalidation
from requests_app.models import Kind, Status, SubscriptionRequest

register = template.Library()

register.simple_tag(display.icon)
register.simple_tag(display.status_badge)
register.simple_tag(display.deadline)
register.simple_tag(display.to_the_second)
register.simple_tag(labels.time_to_go)
register.filter(display.moment)
register.filter(display.day)
register.filter(display.time_left)
register.filter(display.days_until)
register.filter("sentences", revalidation.sentences)


@register.filter
def get(mapping: dict[object, object], key: object) -> object | None:
    """The value that ``mapping`` has for ``key``, or None."""
    return mapping.get(key)


@register.filter
def grouped(count: int) -> str:
    """A whole number as it is read: 50,000."""
    return number_format(count, force_grouping=True)


@register.filter
def first_control(field: BoundField) -> str:
    """The id of the control that a link to ``field`` puts the focus on: of several, such as radio buttons, the first."""
    return field.id_for_label or (f"{field.auto_id}_0" if field.auto_id else "")


@register.simple_tag
def title_of(subscription_request: SubscriptionRequest) -> str:
    """What is asked for, in a few words; the lines of a purchase are fetched already."""
    purchase = subscription_request.kind == Kind.PURCHASE
    return labels.title(subscription_request, list(subscription_request.lines.all()) if purchase else ())


STANDS_AT = {Status.WAITING: Status.IN_REVIEW, Status.FAILED: Status.APPROVED}
"""States beside the way, and the step of it that they stand at."""


@register.simple_tag
def steps_of(subscription_request: SubscriptionRequest) -> list[tuple[str, str]]:
    """The way of a request that is not refused or taken back: each step's name, and past, now or ahead."""
    names = [
        (Status.SUBMITTED, _("Asked")),
        (Status.IN_REVIEW, _("Being looked at")),
        (Status.APPROVED, _("Approved")),
        (Status.COMPLETED, _("Done by your partner")),
    ]
    statuses = [status for status, _name in names]
    status = Status(subscription_request.status)
    status = STANDS_AT.get(status, status)
    if status not in statuses:
        return []
    reached = statuses.index(status)
    return [
        (name, "now" if position == reached else "past" if position < reached else "ahead")
        for position, (_status, name) in enumerate(names)
    ]

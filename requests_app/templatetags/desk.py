"""What the pages of the desk share."""

import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from portal.lib import display
from portal.lib.paging import Page
from requests_app import queue
from requests_app.models import SubscriptionRequest

register = template.Library()


@register.filter
def figure(count: int) -> str:
    """A count as it is shown: exact up to 1,000, and "1,000+" beyond, where nothing was counted."""
    most = number_format(queue.MOST, use_l10n=True, force_grouping=True)
    return _("%(most)s+") % {"most": most} if count > queue.MOST else number_format(count, force_grouping=True)


@register.filter
def utc_moment(value: datetime.datetime) -> str:
    """A moment in UTC: 25 Nov 2026, 17:00."""
    return date_format(value.astimezone(datetime.UTC), "DATETIME_FORMAT")


@register.filter
def local_day(value: datetime.datetime) -> str:
    """The day of a moment, in the reader's zone."""
    return display.day(timezone.localtime(value))


@register.simple_tag
def by_customer(view: queue.View, customer: int) -> str:
    """The query of what one customer has in the view; from where the list opens, of all that they have open."""
    return view.query(customer=customer, show=view.show or "open")


@register.simple_tag
def page_after(view: queue.View, page: Page[SubscriptionRequest]) -> str:
    """The query of the next page."""
    return view.query(after=page.older, before="")


@register.simple_tag
def page_before(view: queue.View, page: Page[SubscriptionRequest]) -> str:
    """The query of the previous page."""
    return view.query(before=page.newer, after="")

"""Messages: what a customer's people are told, and that they have read it."""

import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.active_customer import customer_page, customers_of, show_as
from accounts.http import PersonRequest
from accounts.models import Customer
from accounts.views import safe_next
from portal.content import announcements
from portal.lib.paging import page_of
from portal.models import Announcement, Level


@require_safe
@customer_page
def message_list(request: PersonRequest, customer: Customer) -> HttpResponse:
    """List what the customer's people are told now: what the reader has not read first, then the newest."""
    now = timezone.now()
    rows = Announcement.objects.for_customer(customer, now).as_read_by(request.user)
    level, only_unread = request.GET.get("level", ""), request.GET.get("unread") == "1"
    if level in Level:
        rows = rows.filter(level=level)
    if only_unread:
        rows = rows.unread()
    context = {
        "page": page_of(rows, ["is_read", "-publish_from", "-pk"], request.GET.get("page", "")),
        "level": level if level in Level else "",
        "only_unread": only_unread,
        "levels": Level,
        "now": now,
        "shown_at": now.isoformat(),
    }
    return render(request, "portal/message_list.html", context)


def my_message(request: PersonRequest, customer: Customer, pk: int) -> Announcement:
    """Return an announcement that is for one of the person's customers now, and show the page in that one's name.

    The ``customer`` that they look at the site for goes first. Raises Http404.
    """
    now = timezone.now()
    for one in (customer, *(one for one in customers_of(request) if one != customer)):
        found = Announcement.objects.for_customer(one, now).as_read_by(request.user).filter(pk=pk).first()
        if found is not None:
            show_as(request, one.pk)
            return found
    raise Http404


@require_safe
@customer_page
def message(request: PersonRequest, customer: Customer, pk: int) -> HttpResponse:
    """Show one announcement at an address that can be passed on. Reading it is noted by a POST."""
    return render(request, "portal/message.html", {"announcement": my_message(request, customer, pk)})


@require_POST
@customer_page
def read_message(request: PersonRequest, customer: Customer, pk: int) -> HttpResponse:
    """Note that the person has read an announcement; stay on the page."""
    announcements.mark_read(request.user, [my_message(request, customer, pk)], timezone.now())
    return redirect(safe_next(request, "messages"))


@require_POST
@customer_page
def dismiss_message(request: PersonRequest, customer: Customer, pk: int) -> HttpResponse:
    """Take an urgent announcement's banner off the person's pages; stay on the page."""
    announcements.dismiss(request.user, my_message(request, customer, pk), timezone.now())
    return redirect(safe_next(request, "messages"))


@require_POST
@customer_page
def read_messages(request: PersonRequest, customer: Customer) -> HttpResponse:
    """Note that the person has read what the customer's people are told; what was published since they looked stays new.

    A message begins with its minute: one of the same minute counts as seen.
    """
    now = timezone.now()
    unread = Announcement.objects.for_customer(customer, now).as_read_by(request.user).unread()
    unread = unread.filter(publish_from__lte=_moment(request.POST.get("shown_at", "")) or now)
    count = announcements.mark_read(request.user, unread, now)
    text = ngettext("%(count)d message is marked as read.", "%(count)d messages are marked as read.", count)
    messages.success(request, text % {"count": count})
    return redirect("messages")


def _moment(text: str) -> datetime.datetime | None:
    """Return the moment that a page of ours has written down; None where it is none."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if timezone.is_aware(moment) else None

"""What a browser tells of a press on a link: opening it is a GET elsewhere, and a GET writes nothing."""

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.active_customer import customer_named
from accounts.http import PersonRequest
from accounts.models import Customer
from portal.content.openings import Opened, record_opening
from portal.models import SelfServiceLink, SupportResource

KINDS: dict[str, type[Opened]] = {"link": SelfServiceLink, "resource": SupportResource}
"""What a form names it by."""


@require_POST
def content_opened(request: PersonRequest) -> HttpResponse:
    """Count an opening, in the name of the customer that the page was shown for. Answers 204, with nothing to read.

    Raises Http404 for a customer of somebody else's, and for what that customer is not shown.
    """
    customer = customer_named(request, request.POST.get("customer", ""))
    record_opening(_named(request, customer), customer=customer, reader=request.user, now=timezone.now())
    return HttpResponse(status=204)


def _named(request: PersonRequest, customer: Customer) -> Opened:
    """Return the published link or resource that the form names, of those that the customer is shown."""
    for name, model in KINDS.items():
        pk = request.POST.get(name, "")
        if pk.isascii() and pk.isdecimal() and len(pk) < 19:
            shown = model.objects.current(timezone.now()).of_partner(customer.partner_id)
            if (found := shown.filter(pk=pk).first()) is not None:
                return found
    raise Http404

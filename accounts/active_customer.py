"""The customer in whose name a person looks at the site: chosen in the header, kept in the session."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.http import PersonRequest
from accounts.models import Customer, User
from accounts.permissions import may_enter_desk, roles_of

SESSION_KEY = "active_customer"


def customers_of(request: HttpRequest) -> list[Customer]:
    """Return the customers that the person belongs to, by name, with their partners; read once per request."""
    cached: list[Customer] | None = getattr(request, "_customers", None)
    if cached is None:
        user = getattr(request, "user", None)
        cached = (
            list(Customer.objects.with_member(user).select_related("partner").order_by("name", "pk"))
            if isinstance(user, User) and roles_of(user).at_customers
            else []
        )
        request._customers = cached  # type: ignore[attr-defined]
    return cached


def active_customer(request: HttpRequest) -> Customer | None:
    """Return the chosen customer, else the first; a membership that has ended is chosen no longer."""
    shown: Customer | None = getattr(request, "_shown_customer", None)
    if shown is not None:
        return shown
    customers = customers_of(request)
    chosen = request.session.get(SESSION_KEY)
    return next((customer for customer in customers if customer.pk == chosen), customers[0] if customers else None)


def show_as(request: HttpRequest, customer_id: int) -> None:
    """Show this one page in the name of another of the person's customers, without changing what was chosen."""
    for customer in customers_of(request):
        if customer.pk == customer_id:
            request._shown_customer = customer  # type: ignore[attr-defined]


def customer_named(request: HttpRequest, customer_id: str) -> Customer:
    """Return the customer that a form was opened for, and show the page in its name: the choice in the header may have
    changed in another window. Raises Http404 for a customer that the person does not belong to."""
    for customer in customers_of(request):
        if str(customer.pk) == customer_id:
            show_as(request, customer.pk)
            return customer
    raise Http404


def customer_page[**P](
    view: Callable[Concatenate[PersonRequest, Customer, P], HttpResponse],
) -> Callable[Concatenate[Any, P], HttpResponse]:
    """Give a view the active customer. Partner people and staff without one go to the desk; others are told why."""

    @wraps(view)
    def inner(request: PersonRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        customer = active_customer(request)
        if customer is not None:
            return view(request, customer, *args, **kwargs)
        if may_enter_desk(request.user):
            return redirect("admin:index")
        return render(request, "accounts/no_customer.html", status=403)

    return inner


def choose(request: HttpRequest, customer_id: Any) -> bool:
    """Keep the choice in the session; return whether it is a customer of the person's."""
    for customer in customers_of(request):
        if str(customer.pk) == str(customer_id):
            request.session[SESSION_KEY] = customer.pk
            return True
    return False

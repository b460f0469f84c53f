"""Asking to buy: what is filed, what is refused, and that nothing typed is lost."""

import pytest

from accounts.models import CustomerMembership
from requests_app.models import Kind, Status, SubscriptionRequest
from tests import factories
from tests.asking import send

PURCHASE = "/requests/new/purchase/"


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


# --- Asking to buy ---


def purchase_form(*lines, **fields):
    values = {"note": "For new colleagues"} | fields
    for number, (offer, quantity) in enumerate(lines):
        values |= {f"lines-{number}-offer": getattr(offer, "pk", offer), f"lines-{number}-quantity": quantity}
    return values


def test_purchase_of_several_lines_becomes_one_request(as_, cast):
    first, second = factories.offer(cast.partner), factories.offer(cast.partner)
    answer = send(as_(cast.bob), PURCHASE, purchase_form((first, 25), (second, 1)))
    filed = SubscriptionRequest.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/requests/{filed.number}/")
    assert (filed.kind, filed.author, filed.customer, filed.partner, filed.status, filed.note) == (
        Kind.PURCHASE, cast.bob, cast.customer, cast.partner, Status.SUBMITTED, "For new colleagues",
    )  # fmt: skip
    assert [(line.offer, line.quantity) for line in filed.lines.all()] == [(first, 25), (second, 1)]


def test_purchase_passes_over_empty_lines(as_, cast):
    offer = factories.offer(cast.partner)
    send(as_(cast.bob), PURCHASE, purchase_form(("", ""), (offer, 2), ("", "")))
    assert [(line.offer, line.quantity) for line in SubscriptionRequest.objects.get().lines.all()] == [(offer, 2)]


@pytest.mark.parametrize("quantity", ["0", "-1", "1000000", "many", "", "1e9", "9" * 30, "1.5"])
def test_purchase_of_a_wrong_quantity_keeps_what_was_typed(as_, cast, quantity):
    offer = factories.offer(cast.partner)
    answer = send(as_(cast.bob), PURCHASE, purchase_form((offer, quantity)))
    assert answer.status_code == 200
    line = answer.context["lines"].forms[0]
    assert list(line.errors) == ["quantity"]
    assert (str(line["offer"].value()), line["quantity"].value()) == (str(offer.pk), quantity)
    assert answer.context["form"]["note"].value() == "For new colleagues"
    assert SubscriptionRequest.objects.count() == 0


@pytest.mark.parametrize("flaw", ["foreign", "withdrawn", "other cloud", "nonsense", "nul", "huge"])
def test_purchase_of_what_is_not_offered_is_refused(as_, cast, flaw):
    offers = {
        "foreign": lambda: factories.offer(cast.other_partner),
        "withdrawn": lambda: factories.offer(cast.partner, is_active=False),
        "other cloud": lambda: factories.offer(cast.partner, factories.product(clouds=["gcc_high"])),
        "nonsense": lambda: "abc",
        "nul": lambda: "1\0",
        "huge": lambda: "9" * 40,
    }
    answer = send(as_(cast.bob), PURCHASE, purchase_form((offers[flaw](), 5)))
    assert answer.status_code == 200
    assert list(answer.context["lines"].forms[0].errors) == ["offer"]
    assert SubscriptionRequest.objects.count() == 0


def test_purchase_of_nothing_says_what_to_do(as_, cast):
    answer = send(as_(cast.bob), PURCHASE, purchase_form(("", "")))
    assert answer.context["lines"].non_form_errors() == ["Say what you would like to buy: choose at least one product."]
    assert "choose at least one product" in answer.text


def test_purchase_of_the_same_offer_twice_is_refused(as_, cast):
    offer = factories.offer(cast.partner)
    answer = send(as_(cast.bob), PURCHASE, purchase_form((offer, 5), (offer, 6)))
    assert len(answer.context["lines"].non_form_errors()) == 1
    assert SubscriptionRequest.objects.count() == 0


def test_purchase_of_too_many_lines_says_so(as_, cast):
    offers = [factories.offer(cast.partner) for _ in range(21)]
    answer = send(as_(cast.bob), PURCHASE, purchase_form(*((offer, 1) for offer in offers)))
    assert answer.context["lines"].non_form_errors() == [
        "One request holds at most 20 products. Send the others in a second one."
    ]
    assert SubscriptionRequest.objects.count() == 0


def test_purchase_gets_another_line_without_javascript(as_, cast):
    offer = factories.offer(cast.partner)
    answer = send(as_(cast.bob), PURCHASE, purchase_form((offer, 5), add_line="1"))
    forms = answer.context["lines"].forms
    assert [str(form["offer"].value() or "") for form in forms] == [str(offer.pk), ""]
    assert answer.context["form"]["note"].value() == "For new colleagues"
    assert SubscriptionRequest.objects.count() == 0


# --- The same form asks once, for the customer it was opened for ---


def hidden(browser, page):
    context = browser.get(page).context
    return {"submission_key": str(context["submission_key"]), "customer": context["current_customer"]().pk}


def test_purchase_form_sent_twice_asks_once(as_, cast):
    offer = factories.offer(cast.partner)
    browser = as_(cast.bob)
    form = purchase_form((offer, 5), **hidden(browser, PURCHASE))
    first, second = send(browser, PURCHASE, form), browser.post(PURCHASE, form, follow=True)
    filed = SubscriptionRequest.objects.get()
    assert first.url == second.redirect_chain[0][0] == f"/requests/{filed.number}/"
    assert "You have sent this form already" in messages_of(second)[-1]
    assert filed.events.count() == 1


def test_form_key_of_somebody_else_is_refused_and_shows_nothing(as_, cast):
    offer = factories.offer(cast.partner)
    key = hidden(as_(cast.bob), PURCHASE)["submission_key"]
    send(as_(cast.bob), PURCHASE, purchase_form((offer, 5), submission_key=key))
    filed = SubscriptionRequest.objects.get()
    answer = send(as_(cast.alice), PURCHASE, purchase_form((offer, 6), submission_key=key))
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors() == ["This form cannot be sent again. Open it anew."]
    assert filed.number not in answer.text


@pytest.mark.parametrize("key", ["", "nonsense", "\0", "0" * 5000])
def test_form_with_a_strange_key_is_a_form_of_its_own(as_, cast, key):
    offer = factories.offer(cast.partner)
    assert send(as_(cast.bob), PURCHASE, purchase_form((offer, 5), submission_key=key)).status_code == 302
    assert SubscriptionRequest.objects.get().submission_key is None


def test_form_keeps_its_key_through_an_error(as_, cast):
    offer = factories.offer(cast.partner)
    browser = as_(cast.bob)
    fields = hidden(browser, PURCHASE)
    answer = browser.post(PURCHASE, purchase_form((offer, 0), **fields))
    assert str(answer.context["submission_key"]) == fields["submission_key"]


def test_purchase_is_for_the_customer_the_form_was_opened_for(as_, cast):
    """In another window the header was switched to another customer meanwhile."""
    CustomerMembership.objects.create(user=cast.alice, customer=cast.sibling, role="admin")
    offer = factories.offer(cast.partner)
    browser = as_(cast.alice)
    browser.post("/me/customer/", {"customer": cast.customer.pk})
    form = purchase_form((offer, 5), **hidden(browser, PURCHASE))
    browser.post("/me/customer/", {"customer": cast.sibling.pk})
    send(browser, PURCHASE, form)
    assert SubscriptionRequest.objects.get().customer == cast.customer


@pytest.mark.parametrize("customer", ["foreign", "999999", "\0", "x"])
def test_purchase_for_a_customer_one_does_not_belong_to_is_none(as_, cast, customer):
    pk = cast.foreign_customer.pk if customer == "foreign" else customer
    form = purchase_form((factories.offer(cast.partner), 5), customer=pk)
    assert send(as_(cast.bob), PURCHASE, form).status_code == 404
    assert SubscriptionRequest.objects.count() == 0

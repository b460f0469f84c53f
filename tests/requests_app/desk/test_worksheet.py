"""What to do in Partner Center: where, what to copy, which warnings; who may ask; the way back to the list."""

import pytest

from accounts.models import Customer, CustomerMembership, Partner
from requests_app import workflow
from requests_app.admin.desk.request_page import CONTACTS_SHOWN
from requests_app.correlation import correlation_id
from requests_app.models import EndOfTermChoice, ProductType
from tests import factories
from tests.requests_app.desk import QUEUE, listed, page

WHERE = {
    "not in your commercial one": "your Partner Center is the commercial one",
    "sign in to the government's": "not to the commercial one.",
    "commercial after all": "The customer is in the commercial cloud",
}


@pytest.mark.parametrize(
    ("edition", "cloud", "expected"),
    [
        ("commercial", "commercial", []),
        ("commercial", "gcc", []),
        ("commercial", "gcc_high", ["not in your commercial one"]),
        ("commercial", "dod", ["not in your commercial one"]),
        ("us_government", "gcc_high", ["sign in to the government's"]),
        ("us_government", "dod", ["sign in to the government's"]),
        ("us_government", "commercial", ["commercial after all"]),
    ],
)
def test_worksheet_says_which_partner_center(as_, cast, filed, edition, cloud, expected):
    Partner.objects.filter(pk=cast.partner.pk).update(edition=edition)
    Customer.objects.filter(pk=cast.customer.pk).update(cloud=cloud)
    text = as_(cast.dana).get(page(filed)).text
    assert [name for name, sentence in WHERE.items() if sentence in text] == expected
    assert f"in {Partner.Edition(edition).label}. If you buy" in text


def copied(text):
    """Return what can be copied: by the name of its button."""
    found = {}
    for part in text.split('<span class="code" data-copy-value>')[1:]:
        value, rest = part.split("</span>", 1)
        found[rest.split('data-copy="')[1].split('"')[0]] = value
    return found


def test_values_to_copy_about_a_subscription(as_, cast):
    subscription = factories.subscription(cast.customer, external_id="SUB-1", order_id="ORDER-1")
    filed = workflow.submit_more_seats(subscription, seats=5, actor=cast.alice)
    values = copied(as_(cast.dana).get(page(filed)).text)
    assert values == {
        **({"Domain": cast.customer.domain} if cast.customer.domain else {}),
        **({"Microsoft tenant ID": str(cast.customer.tenant_id)} if cast.customer.tenant_id else {}),
        "Subscription ID": "SUB-1",
        "Order ID": "ORDER-1",
        "Seats then": "30",
        "Correlation ID": str(correlation_id(filed.number)),
    }


def test_values_to_copy_about_a_closed_request_are_ids(as_, cast):
    subscription = factories.subscription(cast.customer, external_id="SUB-1")
    filed = workflow.submit_more_seats(subscription, seats=5, actor=cast.alice)
    workflow.withdraw(filed, actor=cast.alice)
    values = copied(as_(cast.dana).get(page(filed)).text)
    assert (values["Subscription ID"], values["Correlation ID"]) == ("SUB-1", str(correlation_id(filed.number)))


def test_purchase_lists_what_to_order(as_, cast):
    offer = factories.offer(cast.partner)
    filed = factories.purchase(cast.customer, cast.alice, offer, quantity=7)
    text = as_(cast.dana).get(page(filed)).text
    start = text.index("Order each line")
    worksheet = text[start : text.index("</ol>", start)]
    for value in (offer.product.catalog_item_id, "7"):
        assert f"data-copy-value>{value}</span>" in worksheet


@pytest.mark.parametrize(
    ("product_type", "warning"),
    [
        (ProductType.MARKETPLACE_SAAS, "metered charges are not given back"),
        (ProductType.SOFTWARE_SUBSCRIPTION, "its seats cannot be reduced within the term"),
        (ProductType.PERPETUAL_SOFTWARE, "it can be given back as a whole"),
        (ProductType.LICENSE_BASED, None),
    ],
)
def test_purchase_warns_by_product_type(as_, cast, product_type, warning):
    offer = factories.offer(cast.partner, factories.product(product_type=product_type))
    text = as_(cast.dana).get(page(factories.purchase(cast.customer, cast.alice, offer))).text
    known = ("metered charges are not given back", "seats cannot be reduced", "it can be given back as a whole")
    assert [one for one in known if one in text] == [one for one in known if warning and one in warning]


@pytest.mark.parametrize(("on_record", "asked"), [("SUB-1", False), ("", True)])
def test_id_that_is_not_on_record_is_to_be_brought_back(as_, cast, on_record, asked):
    subscription = factories.subscription(cast.customer, external_id=on_record)
    filed = workflow.submit_end_of_term(
        subscription, choice=EndOfTermChoice.RENEW, changes=workflow.RenewalChanges(), actor=cast.alice
    )
    assert ("Bring the subscription ID back, too" in as_(cast.dana).get(page(filed)).text) == asked


def test_contacts_are_those_who_may_ask_there(as_, cast, filed):
    shown = as_(cast.dana).get(page(filed)).context
    assert shown["contacts"] == [{"name": "Bob", "email": cast.bob.email}]  # Alice has asked, Carol may only look
    cast.bob.is_active = False
    cast.bob.save()
    assert as_(cast.dana).get(page(filed)).context["contacts"] == []


def test_so_many_contacts_and_no_more(as_, cast, filed):
    for number in range(CONTACTS_SHOWN):
        CustomerMembership.objects.create(user=factories.person(f"person-{number}"), customer=cast.customer)
    shown = as_(cast.dana).get(page(filed))
    assert (len(shown.context["contacts"]), shown.context["has_more_contacts"]) == (CONTACTS_SHOWN, True)
    assert "and others" in shown.text


def test_view_of_the_list_is_carried_along_and_back(as_, cast, filed):
    browser, carried = as_(cast.dana), "?view=show%3Dmine%26q%3Da%2526b"
    text = browser.get(page(filed) + carried).text
    assert f'href="{QUEUE}?show=mine&amp;q=a%26b"' in text
    assert f'href="{page(filed, "claim")}{carried}"' in text
    answer = browser.post(page(filed, "claim") + carried)
    assert answer.url == page(filed) + carried
    assert f'action="{page(filed, "note")}{carried}"' in browser.get(answer.url).text
    refused = browser.get(page(filed, "claim") + carried)  # too late
    assert refused.url == page(filed) + carried


@pytest.mark.parametrize("view", ["javascript:alert(1)", "//elsewhere.example", "\0", '"><b>'])
def test_view_that_is_nonsense_leads_nowhere_else(as_, cast, filed, view):
    browser = as_(cast.dana)
    shown = browser.get(page(filed), {"view": view})
    assert shown.status_code == 200
    assert view not in shown.text
    answer = browser.post(f"{page(filed, 'claim')}", query_params={"view": view})
    assert answer.url.partition("?")[0] == page(filed)


def test_correlation_id_is_found_by_the_search(as_, cast, filed):
    factories.purchase(cast.customer, cast.bob)
    answer = as_(cast.dana).get(QUEUE, {"q": str(correlation_id(filed.number))})
    assert listed(answer) == [filed]


@pytest.mark.parametrize(("view", "carried"), [("x" * 5000, "?view="), ("q=" + "x" * 5000, f"?view=q%3D{'x' * 100}")])
def test_view_of_any_length_is_cut(as_, cast, filed, view, carried):
    assert as_(cast.dana).get(page(filed), {"view": view}).context["carried"] == carried


@pytest.mark.parametrize("object_id", ["0", "x", "1e5", "-1", "9" * 40, "%00", "1%00"])
def test_request_that_cannot_be_does_not_exist(as_, cast, filed, object_id):
    assert as_(cast.dana).get(f"{QUEUE}{object_id}/change/").status_code == 404

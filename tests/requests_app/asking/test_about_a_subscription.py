"""Every kind that is about a subscription asks in the same shape: shown first, filed once, for its own customer."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import CustomerMembership
from requests_app.models import CancelWhen, EndOfTermChoice, Kind, SubscriptionRequest, SubscriptionStatus
from tests import factories
from tests.asking import seen_on, send

FORMS = {
    "cancellation": {"when": "now", "reason": "Too many, 太多了"},
    "more_seats": {"seats": "5", "note": "For 業務部"},
    "fewer_seats": {"seats": "5", "note": "They have left"},
    "end_of_term": {"choice": "renew", "note": "As it is"},
}
every_kind = pytest.mark.parametrize("kind", FORMS)


def address(kind):
    return f"/requests/new/{kind}/"


def form_about(subscription, kind, **changes):
    return {"subscription": subscription.pk} | FORMS[kind] | changes


@pytest.fixture
def subscription(cast):
    return factories.subscription(cast.customer, friendly_name="CANARY-sub")


# --- What is filed ---


@every_kind
def test_form_is_filed_with_what_its_author_was_shown(as_, cast, subscription, kind):
    shown = as_(cast.bob).post(address(kind), form_about(subscription, kind))
    assert (shown.status_code, SubscriptionRequest.objects.count()) == (200, 0)
    answer = as_(cast.bob).post(address(kind), form_about(subscription, kind) | seen_on(shown))
    filed = SubscriptionRequest.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/requests/{filed.number}/")
    note = FORMS[kind].get("reason") or FORMS[kind]["note"]
    assert (filed.kind, filed.subscription, filed.author, filed.note) == (kind, subscription, cast.bob, note)
    assert filed.preview["warnings"] == [str(one) for one in shown.context["outcome"].warnings]


@pytest.mark.parametrize("kind", ["more_seats", "fewer_seats"])
def test_seats_are_filed_as_how_many_more_or_fewer(as_, cast, subscription, kind):
    send(as_(cast.bob), address(kind), form_about(subscription, kind, seats="7"))
    filed = SubscriptionRequest.objects.get()
    assert (filed.kind, filed.seats) == (kind, 7)


@pytest.mark.parametrize("choice", ["renew", "month_to_month"])
def test_end_of_term_is_filed_as_chosen_without_changes_left_in_the_form(as_, cast, subscription, choice):
    left = {"renewal_quantity": "nonsense", "renewal_term_duration": "P3Y", "renewal_billing_cycle": "weekly"}
    send(as_(cast.bob), address("end_of_term"), form_about(subscription, "end_of_term", choice=choice, **left))
    filed = SubscriptionRequest.objects.get()
    assert (filed.kind, filed.at_end_of_term, filed.renewal_quantity, filed.renewal_term_duration) == (
        Kind.END_OF_TERM, choice, None, "",
    )  # fmt: skip


def test_end_of_term_with_changes_is_filed_with_what_is_different(as_, cast, subscription):
    changes = {"renewal_quantity": "20", "renewal_term_duration": "P1Y", "renewal_billing_cycle": "annual"}
    form = form_about(subscription, "end_of_term", choice="renew_changed", **changes)
    send(as_(cast.bob), address("end_of_term"), form)
    filed = SubscriptionRequest.objects.get()
    assert filed.at_end_of_term == EndOfTermChoice.RENEW_CHANGED
    assert (filed.renewal_quantity, filed.renewal_term_duration, filed.renewal_billing_cycle) == (20, "", "annual")


def test_cancel_at_the_end_of_the_term_is_filed_as_a_cancellation(as_, cast, subscription):
    send(as_(cast.bob), address("end_of_term"), form_about(subscription, "end_of_term", choice="cancel"))
    filed = SubscriptionRequest.objects.get()
    assert (filed.kind, filed.cancel_when, filed.note) == (Kind.CANCELLATION, CancelWhen.END_OF_TERM, "As it is")


@every_kind
def test_same_form_sent_twice_asks_once(as_, cast, subscription, kind):
    browser = as_(cast.bob)
    page = browser.get(address(kind))
    form = form_about(subscription, kind, submission_key=str(page.context["submission_key"]))
    answers = [send(browser, address(kind), form) for _ in range(2)]
    filed = SubscriptionRequest.objects.get()
    assert [answer.url for answer in answers] == [f"/requests/{filed.number}/"] * 2


# --- Nobody files without having been shown what will happen ---


@every_kind
@pytest.mark.parametrize("seen", ["", "nonsense", "0" * 16, "\0", "x" * 5000])
def test_form_with_a_picture_that_it_was_not_shown_is_not_filed(as_, cast, subscription, kind, seen):
    shown = as_(cast.bob).post(address(kind), form_about(subscription, kind))
    form = form_about(subscription, kind) | seen_on(shown) | {"seen": seen}
    answer = as_(cast.bob).post(address(kind), form)
    assert (answer.status_code, SubscriptionRequest.objects.count()) == (200, 0)
    assert seen_on(answer) == seen_on(shown)
    for name, typed in form_about(subscription, kind).items():
        assert str(answer.context["form"][name].value()) == str(typed)


@every_kind
def test_form_that_was_changed_after_the_preview_is_shown_once_more(as_, cast, subscription, kind):
    changed = {"cancellation": {"when": "end_of_term"}, "end_of_term": {"choice": "month_to_month"}}.get(
        kind, {"seats": "6"}
    )
    shown = as_(cast.bob).post(address(kind), form_about(subscription, kind))
    answer = as_(cast.bob).post(address(kind), form_about(subscription, kind, **changed) | seen_on(shown))
    assert (answer.status_code, SubscriptionRequest.objects.count()) == (200, 0)
    assert answer.context["form"].errors == {}
    assert "Nothing has been sent yet" in answer.text


@pytest.mark.parametrize("kind", ["cancellation", "fewer_seats"])
def test_window_that_shut_while_the_form_was_open_is_told_before_anything_is_filed(as_, cast, subscription, kind):
    shown = as_(cast.bob).post(address(kind), form_about(subscription, kind))
    subscription.cancellation_allowed_until = timezone.now() - datetime.timedelta(minutes=1)
    subscription.save()
    answer = as_(cast.bob).post(address(kind), form_about(subscription, kind) | seen_on(shown))
    assert (answer.status_code, SubscriptionRequest.objects.count()) == (200, 0)
    assert [str(error)[:28] for error in answer.context["form"].non_field_errors()] == ["What would happen has change"]
    assert answer.context["outcome"].possible == "at_end_of_term"
    again = as_(cast.bob).post(address(kind), form_about(subscription, kind) | seen_on(answer))
    assert again.status_code == 302


# --- What is refused, with everything kept ---


@every_kind
def test_subscription_that_ended_while_the_form_was_open_says_so_and_keeps_what_was_typed(
    as_, cast, subscription, kind
):
    shown = as_(cast.bob).post(address(kind), form_about(subscription, kind))
    subscription.status = SubscriptionStatus.DELETED
    subscription.save()
    answer = as_(cast.bob).post(address(kind), form_about(subscription, kind) | seen_on(shown))
    assert answer.context["form"].errors == {
        "subscription": ["This cannot be asked about this subscription (any more). Choose another one."]
    }
    assert answer.context["refused"] == "This subscription has ended: nothing can be asked about it any more."
    assert answer.context["refused"] in answer.text
    note = "reason" if kind == "cancellation" else "note"
    assert answer.context["form"][note].value() == FORMS[kind][note]
    assert SubscriptionRequest.objects.count() == 0


@pytest.mark.parametrize("kind", ["more_seats", "fewer_seats"])
@pytest.mark.parametrize("seats", ["0", "-1", "1000000", "many", "", "1e9", "9" * 30, "9" * 5000, "1.5", "５\0"])
def test_strange_number_of_seats_is_refused_and_kept(as_, cast, subscription, kind, seats):
    answer = send(as_(cast.bob), address(kind), form_about(subscription, kind, seats=seats))
    assert list(answer.context["form"].errors) == ["seats"]
    assert answer.context["form"]["seats"].value() == seats
    assert SubscriptionRequest.objects.count() == 0


@pytest.mark.parametrize("seats", ["25", "26"])
def test_giving_back_all_seats_leads_to_cancelling(as_, cast, subscription, seats):
    answer = send(as_(cast.bob), address("fewer_seats"), form_about(subscription, "fewer_seats", seats=seats))
    assert answer.context["form"].errors == {
        "seats": ["The subscription has 25 seats. To give all of them back, ask to cancel it."]
    }
    assert f'href="/requests/new/cancellation/?subscription={subscription.pk}"' in answer.text


def test_seats_outside_their_window_can_be_asked_for_all_the_same(as_, cast):
    shut = factories.subscription(cast.customer, cancellation_allowed_until=None)
    send(as_(cast.bob), address("fewer_seats"), form_about(shut, "fewer_seats"))
    assert SubscriptionRequest.objects.get().preview["possible"] == "at_end_of_term"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "choice"),
        ({"renewal_quantity": "25", "renewal_term_duration": "P1Y", "renewal_billing_cycle": "monthly"}, "choice"),
        ({"renewal_term_duration": "P1M", "renewal_billing_cycle": "annual"}, "renewal_billing_cycle"),
        ({"renewal_billing_cycle": "triennial"}, "renewal_billing_cycle"),
        ({"renewal_billing_cycle": "one_time"}, "renewal_billing_cycle"),
        ({"renewal_term_duration": "P9Y"}, "renewal_term_duration"),
        ({"renewal_quantity": "0"}, "renewal_quantity"),
        ({"renewal_quantity": "9" * 30}, "renewal_quantity"),
    ],
    ids=["none", "as now", "P1M yearly", "P1Y triennial", "once", "no term", "no seats", "huge"],
)
def test_renewal_with_changes_that_cannot_be_is_refused_and_kept(as_, cast, subscription, changes, field):
    form = form_about(subscription, "end_of_term", choice="renew_changed", **changes)
    answer = send(as_(cast.bob), address("end_of_term"), form)
    assert list(answer.context["form"].errors) == [field]
    for name, typed in form.items():
        assert str(answer.context["form"][name].value()) == str(typed)
    assert SubscriptionRequest.objects.count() == 0


def test_term_that_is_billed_otherwise_asks_for_the_billing_too(as_, cast):
    yearly = factories.subscription(cast.customer, billing_cycle="annual")
    form = form_about(yearly, "end_of_term", choice="renew_changed", renewal_term_duration="P1M")
    answer = send(as_(cast.bob), address("end_of_term"), form)
    assert answer.context["form"].errors == {
        "renewal_billing_cycle": ["A term of 1 month is billed monthly. Choose that here."]
    }
    form |= {"renewal_billing_cycle": "monthly"}
    assert send(as_(cast.bob), address("end_of_term"), form).status_code == 302


@pytest.mark.parametrize("kind", ["cancellation", "end_of_term"])
def test_second_request_about_the_end_is_refused_with_the_number_of_the_first(as_, cast, subscription, kind):
    first = factories.cancellation(subscription, cast.alice)
    answer = send(as_(cast.bob), address(kind), form_about(subscription, kind))
    assert answer.context["form"].errors["subscription"] == [
        f"A request about the end of this subscription is open already: {first.number}."
    ]
    assert f'href="/requests/{first.number}/"' in answer.text
    assert SubscriptionRequest.objects.count() == 1


def test_open_request_for_seats_is_shown_and_does_not_stand_in_the_way(as_, cast, subscription):
    send(as_(cast.bob), address("more_seats"), form_about(subscription, "more_seats"))
    first = SubscriptionRequest.objects.get()
    page = as_(cast.bob).get(f"{address('fewer_seats')}?subscription={subscription.pk}")
    assert [one.number for one in page.context["open_requests"]] == [first.number]
    fields = form_about(subscription, "fewer_seats")
    preview = as_(cast.bob).get(f"{address('fewer_seats')}preview/", fields)
    assert "What is shown below does not count these in." in preview.text
    send(as_(cast.bob), address("fewer_seats"), form_about(subscription, "fewer_seats"))
    assert SubscriptionRequest.objects.count() == 2


# --- For whom ---


@every_kind
def test_form_opens_for_the_subscription_in_the_address(as_, cast, subscription, kind):
    decides = {name: value for name, value in FORMS[kind].items() if name not in ("note", "reason")}
    page = as_(cast.bob).get(address(kind), {"subscription": subscription.pk} | decides)
    assert page.context["subscription"] == subscription
    assert page.context["outcome"].as_of <= timezone.now()
    assert page.context["form"].errors == {}


@every_kind
def test_address_with_a_subscription_of_somebody_else_answers_as_for_none(as_, cast, kind):
    theirs = factories.subscription(cast.sibling, friendly_name="CANARY")
    for method in ("get", "head"):
        answers = [
            getattr(as_(cast.bob), method)(f"{address(kind)}?subscription={pk}")
            for pk in (theirs.pk, 999_999, "nonsense", "%00")
        ]
        assert [answer.status_code for answer in answers] == [404] * 4


@every_kind
def test_form_about_a_subscription_of_somebody_else_answers_as_for_none(as_, cast, kind):
    theirs = factories.subscription(cast.sibling, friendly_name="CANARY")
    form = form_about(theirs, kind)
    answers = [send(as_(cast.bob), address(kind), form | {"subscription": pk}) for pk in (theirs.pk, 999_999)]
    assert [answer.context["form"].errors for answer in answers] == [
        {"subscription": ["This cannot be asked about this subscription (any more). Choose another one."]}
    ] * 2
    assert "CANARY" not in answers[0].text
    assert SubscriptionRequest.objects.count() == 0


@every_kind
def test_viewer_cannot_ask(as_, cast, subscription, kind):
    browser = as_(cast.carol)
    assert browser.get(address(kind)).status_code == 403
    assert browser.get(f"{address(kind)}preview/").status_code == 403
    assert browser.post(address(kind), form_about(subscription, kind)).status_code == 403
    assert SubscriptionRequest.objects.count() == 0


@every_kind
def test_form_is_for_the_customer_of_its_subscription(as_, cast, subscription, kind):
    """Another of the person's customers is the active one: the form is about the subscription all the same."""
    CustomerMembership.objects.create(user=cast.alice, customer=cast.foreign_customer, role="viewer")
    browser = as_(cast.alice)
    browser.post("/me/customer/", {"customer": cast.foreign_customer.pk})
    answer = send(browser, address(kind), form_about(subscription, kind))
    assert answer.status_code == 302
    assert SubscriptionRequest.objects.get().customer == cast.customer


@every_kind
def test_form_sent_after_the_session_ended_comes_back_with_what_was_typed(client, cast, subscription, kind):
    client.force_login(cast.bob)
    token = client.get(address(kind)).context["resume_token"]
    client.logout()
    form = form_about(subscription, kind, resume_token=token)
    assert client.post(address(kind), form).status_code == 302
    client.force_login(cast.bob)
    page = client.get(address(kind))
    for name, typed in form_about(subscription, kind).items():
        assert str(page.context["form"][name].value()) == str(typed)
    answer = client.post(address(kind), form_about(subscription, kind) | seen_on(page))
    assert (answer.status_code, SubscriptionRequest.objects.count()) == (302, 1)


@every_kind
@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"status": "deleted"}, "This subscription has ended: nothing can be asked about it any more."),
        (
            {"ends_on": datetime.date(2030, 1, 31)},
            "The end of this subscription is arranged already: nothing can be changed any more.",
        ),
    ],
    ids=["ended", "ending"],
)
def test_form_opened_for_a_subscription_that_it_cannot_be_asked_about_says_why(as_, cast, kind, fields, why):
    over = factories.subscription(cast.customer, **fields)
    page = as_(cast.bob).get(f"{address(kind)}?subscription={over.pk}")
    assert page.context["refused"] == why
    assert f'href="/subscriptions/{over.pk}/"' in page.text


# --- What was read before ---


def test_form_carries_what_was_read_before_and_drops_what_is_no_key(as_, cast, subscription):
    read = ["teams-help", "\0", "no key", "x" * 61, "teams-help", *(f"page-{number}" for number in range(20))]
    kept = ["teams-help", *(f"page-{number}" for number in range(9))]
    page = as_(cast.bob).get(address("more_seats"), {"read": read})
    assert page.context["read_before"] == kept
    send(as_(cast.bob), address("more_seats"), form_about(subscription, "more_seats", read=read))
    assert SubscriptionRequest.objects.get().read_before == kept

"""Filing: what is kept of each kind, what is refused, and the same form sent again."""

import datetime
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from requests_app import policy, workflow
from requests_app.models import (
    CancelWhen,
    DeadlineReason,
    EndOfTermChoice,
    Kind,
    RequestEvent,
    Status,
    SubscriptionRequest,
)
from requests_app.workflow import CannotSubmit, PictureChanged, RenewalChanges, Sent
from tests import factories
from tests.requests_app.workflow.steps import ABOUT_A_SUBSCRIPTION, ASKINGS, ask, differences, everything


def test_purchase_keeps_the_price_as_it_was(cast):
    offer = factories.offer(cast.partner, unit_price="310.00")
    filed = factories.purchase(cast.customer, cast.bob, offer, quantity=7)
    offer.unit_price = "999.00"
    offer.save()
    line = filed.lines.get()
    assert (line.quantity, str(line.unit_price), line.currency) == (7, "310.00", "TWD")


@pytest.mark.parametrize("flaw", ["withdrawn from sale", "another partner's", "another cloud's"])
def test_submit_purchase_of_what_is_not_sold_is_refused(cast, flaw):
    offers = {
        "withdrawn from sale": lambda: factories.offer(cast.partner, is_active=False),
        "another partner's": lambda: factories.offer(cast.other_partner),
        "another cloud's": lambda: factories.offer(cast.partner, factories.product(clouds=["dod"])),
    }
    with pytest.raises(workflow.CannotSubmit):
        workflow.submit_purchase(cast.customer, [workflow.OrderLine(offers[flaw](), 1)], actor=cast.alice)
    assert SubscriptionRequest.objects.count() == 0


def test_submit_cancellation_twice_is_refused(cast):
    subscription = factories.subscription(cast.customer)
    first = factories.cancellation(subscription, cast.alice)
    with pytest.raises(workflow.CannotSubmit):
        factories.cancellation(subscription, cast.bob)
    assert list(SubscriptionRequest.objects.all()) == [first]


def test_submit_cancellation_after_a_declined_one_is_accepted(cast):
    subscription = factories.subscription(cast.customer)
    first = factories.cancellation(subscription, cast.alice)
    factories.in_status(first, "declined", agent=cast.dana, author=cast.alice)
    second = factories.cancellation(subscription, cast.bob)
    assert second.status == Status.SUBMITTED


def test_submit_enqueues_one_job_for_its_event(cast):
    before = len(everything()["jobs"])
    filed = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs ORDER BY id DESC LIMIT 1")
        assert cursor.fetchone()[0] == "requests_app.tasks.notify_people"
    assert len(everything()["jobs"]) == before + 1
    assert RequestEvent.objects.filter(subscription_request=filed).count() == 1


@pytest.mark.parametrize("mix", ["customer", "subscription", "offer"])
def test_row_that_mixes_tenants_is_refused_by_the_database(cast, mix):
    filed = factories.purchase(cast.customer, cast.alice)
    mine = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    theirs = factories.subscription(cast.sibling)
    foreign_offer = factories.offer(cast.other_partner)
    statements = {
        "customer": (
            "UPDATE requests_app_subscriptionrequest SET partner_id = %s WHERE id = %s",
            [cast.other_partner.pk, mine.pk],
        ),
        "subscription": (
            "UPDATE requests_app_subscriptionrequest SET subscription_id = %s WHERE id = %s",
            [theirs.pk, mine.pk],
        ),
        "offer": (
            "INSERT INTO requests_app_requestline (subscription_request_id, partner_id, offer_id, quantity, unit_price, currency) VALUES (%s, %s, %s, 1, 1, 'TWD')",
            [filed.pk, cast.partner.pk, foreign_offer.pk],
        ),
    }
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(*statements[mix])


def test_numbers_of_requests_are_unique_and_tell_nothing(cast):
    numbers = [factories.purchase(cast.customer, cast.alice).number for _ in range(20)]
    assert len(set(numbers)) == 20
    assert all(len(number) == 11 and number.startswith("R-") and number[2:].isdecimal() for number in numbers)
    values = [int(number[2:]) for number in numbers]
    assert values != sorted(values)


KEPT = {
    "purchase": (Kind.PURCHASE, "", None, "", None, "", ""),
    "cancellation": (Kind.CANCELLATION, CancelWhen.NOW, None, "", None, "", ""),
    "cancellation at the end": (Kind.CANCELLATION, CancelWhen.END_OF_TERM, None, "", None, "", ""),
    "more seats": (Kind.MORE_SEATS, "", 5, "", None, "", ""),
    "fewer seats": (Kind.FEWER_SEATS, "", 6, "", None, "", ""),
    "renew": (Kind.END_OF_TERM, "", None, EndOfTermChoice.RENEW, None, "", ""),
    "renew changed": (Kind.END_OF_TERM, "", None, EndOfTermChoice.RENEW_CHANGED, 40, "P3Y", "annual"),
    "month to month": (Kind.END_OF_TERM, "", None, EndOfTermChoice.MONTH_TO_MONTH, None, "", ""),
}


@pytest.mark.parametrize("name", ASKINGS)
def test_what_was_asked_for_is_kept_with_what_its_author_was_shown(cast, name):
    factories.offer(cast.partner)
    subscription = factories.subscription(cast.customer)
    before = timezone.now()
    filed = ask(name, cast, subscription, sent=Sent(read_before=["mfa", "quota"]))
    stored = SubscriptionRequest.objects.get(pk=filed.pk)
    assert (
        stored.kind, stored.cancel_when, stored.seats, stored.at_end_of_term,
        stored.renewal_quantity, stored.renewal_term_duration, stored.renewal_billing_cycle,
    ) == KEPT[name]  # fmt: skip
    assert stored.subscription == (None if name == "purchase" else subscription)
    assert (stored.status, stored.version, stored.author, stored.partner) == (
        Status.SUBMITTED, 1, cast.alice, cast.partner,
    )  # fmt: skip
    assert before <= stored.submitted_at <= timezone.now()
    assert stored.read_before == ["mfa", "quota"]
    shown = policy.Outcome.from_json(stored.preview)
    assert (shown.asked_for, shown.as_of) == (stored.kind, stored.submitted_at)
    assert set(stored.facts) == ({"offers"} if name == "purchase" else {"subscription"})
    assert stored.deadline > stored.submitted_at


def test_deadlines_of_each_kind_say_why(cast):
    """The window where one is open and matters, else the promised answer; the term only where it ends before that."""
    closes = timezone.now() + datetime.timedelta(days=4)
    reasons = {}
    for name in ASKINGS:
        factories.offer(cast.partner)
        filed = ask(name, cast, factories.subscription(cast.customer, cancellation_allowed_until=closes))
        reasons[name] = filed.deadline_reason
        if filed.deadline_reason == DeadlineReason.WINDOW:
            assert filed.deadline == closes
    assert {name for name, reason in reasons.items() if reason == DeadlineReason.WINDOW} == {
        "cancellation", "fewer seats",
    }  # fmt: skip
    assert set(reasons.values()) == {DeadlineReason.WINDOW, DeadlineReason.ANSWER}


def test_submit_purchase_of_nothing_is_refused(cast):
    with pytest.raises(CannotSubmit, match="choose at least one product"):
        workflow.submit_purchase(cast.customer, [], actor=cast.alice)


@pytest.mark.parametrize("name", ABOUT_A_SUBSCRIPTION)
@pytest.mark.parametrize(
    "over", [{"status": "deleted"}, {"status": "expired"}, {"ends_on": datetime.date(2026, 12, 31)}]
)
def test_submit_about_a_subscription_that_is_over_or_ending_is_refused(cast, name, over):
    subscription = factories.subscription(cast.customer, **over)
    before = everything()
    with pytest.raises(CannotSubmit, match="has been cancelled or has ended"):
        ask(name, cast, subscription)
    assert everything() == before


@pytest.mark.parametrize("name", ["cancellation at the end", "renew", "renew changed", "month to month"])
def test_submit_about_the_end_of_a_term_that_has_none_is_refused(cast, name):
    subscription = factories.subscription(cast.customer, commitment_end_date=None)
    with pytest.raises(CannotSubmit, match=r"^This subscription has no term that ends"):
        ask(name, cast, subscription)


@pytest.mark.parametrize("first", ["cancellation", "cancellation at the end", "renew", "month to month"])
@pytest.mark.parametrize("second", ["cancellation", "renew changed"])
def test_submit_of_two_endings_at_once_is_refused(cast, first, second):
    subscription = factories.subscription(cast.customer)
    ask(first, cast, subscription)
    with pytest.raises(CannotSubmit, match="open request about the end of this subscription already"):
        ask(second, cast, subscription)


@pytest.mark.parametrize("name", ["more seats", "fewer seats"])
def test_submit_of_a_change_of_seats_while_another_request_is_open_is_accepted(cast, name):
    subscription = factories.subscription(cast.customer)
    ask("renew", cast, subscription)
    assert ask(name, cast, subscription).status == Status.SUBMITTED
    assert ask(name, cast, subscription).status == Status.SUBMITTED


@pytest.mark.parametrize("seats", [25, 26, 100_000])
def test_submit_fewer_seats_that_leaves_none_is_refused(cast, seats):
    subscription = factories.subscription(cast.customer, quantity=25)
    with pytest.raises(
        CannotSubmit, match=r"^The subscription has 25 seats\. To give all of them back, ask to cancel it\.$"
    ):
        workflow.submit_fewer_seats(subscription, seats=seats, actor=cast.alice)


@pytest.mark.parametrize("submit", [workflow.submit_more_seats, workflow.submit_fewer_seats])
@pytest.mark.parametrize("seats", [0, -1])
def test_submit_of_no_seats_is_refused_by_the_database(cast, submit, seats):
    subscription = factories.subscription(cast.customer)
    before = everything()
    with pytest.raises(IntegrityError):
        submit(subscription, seats=seats, actor=cast.alice)
    assert everything() == before


def test_submit_more_seats_than_a_subscription_can_have_is_refused(cast):
    subscription = factories.subscription(cast.customer, quantity=999_999)
    with pytest.raises(CannotSubmit, match=r"^A subscription has at most 1,000,000 seats\.$"):
        workflow.submit_more_seats(subscription, seats=2, actor=cast.alice)
    assert workflow.submit_more_seats(subscription, seats=1, actor=cast.alice).seats == 1


def test_submit_renewal_with_changes_that_are_none_is_refused(cast):
    subscription = factories.subscription(cast.customer)
    with pytest.raises(CannotSubmit, match="Say what shall change"):
        workflow.submit_end_of_term(subscription, choice=EndOfTermChoice.RENEW_CHANGED, actor=cast.alice)


def test_submit_renewal_as_it_is_leaves_changes_aside(cast):
    filed = workflow.submit_end_of_term(
        factories.subscription(cast.customer),
        choice=EndOfTermChoice.RENEW,
        changes=RenewalChanges(quantity=9),
        actor=cast.alice,
    )
    assert (filed.at_end_of_term, filed.renewal_quantity) == (EndOfTermChoice.RENEW, None)


# --- The same form again ---


@pytest.mark.parametrize("name", ASKINGS)
def test_same_form_again_gives_the_same_request(cast, name):
    factories.offer(cast.partner)
    subscription = factories.subscription(cast.customer)
    sent = Sent(key=uuid.uuid4())
    first = ask(name, cast, subscription, sent=sent)
    before = everything()
    assert ask(name, cast, subscription, sent=sent) == first
    assert everything() == before


def test_same_form_again_after_all_was_done_gives_the_same_request(cast):
    """A client that never got the answer tries again; meanwhile the subscription has been cancelled."""
    subscription = factories.subscription(cast.customer)
    sent = Sent(key=uuid.uuid4())
    first = ask("cancellation", cast, subscription, sent=sent)
    factories.in_status(first, "completed", agent=cast.dana, author=cast.alice)
    again = ask("cancellation", cast, subscription, sent=sent)
    assert (again, again.status) == (first, Status.COMPLETED)


@pytest.mark.parametrize("name", ASKINGS)
def test_form_of_somebody_else_is_refused(cast, name):
    factories.offer(cast.partner)
    sent = Sent(key=uuid.uuid4())
    factories.offer(cast.partner, term_duration="P3Y")
    ask("purchase", cast, sent=sent)
    before = everything()
    with pytest.raises(CannotSubmit, match=r"^This form cannot be sent again\. Open it anew\.$"):
        ask(name, cast, factories.subscription(cast.customer), actor=cast.bob, sent=sent)
    assert set(differences(before, everything())) <= {"subscriptions"}


# --- What the form had shown ---


@pytest.mark.parametrize("name", ASKINGS)
def test_form_that_showed_another_picture_is_refused_and_the_right_one_taken(cast, name):
    offer = factories.offer(cast.partner)
    subscription = factories.subscription(cast.customer)
    shown = policy.Outcome.from_json(ask(name, cast, subscription).preview).digest()
    other = factories.subscription(
        cast.customer, subscription.product, cancellation_allowed_until=subscription.cancellation_allowed_until
    )
    assert ask(name, cast, other, sent=Sent(seen=shown)).status == Status.SUBMITTED
    # The window shuts while the form is open; of a purchase, the rule is another one.
    if name == "purchase":
        offer.product.product_type = "perpetual_software"
        offer.product.save()
    changed = factories.subscription(cast.customer, subscription.product, quantity=24, cancellation_allowed_until=None)
    before = everything()
    with pytest.raises(PictureChanged, match="has changed while this form was open"):
        ask(name, cast, changed, sent=Sent(seen=shown))
    assert everything() == before


def test_sent_before_finds_what_oneself_has_sent(cast):
    sent = Sent(key=uuid.uuid4())
    first = ask("cancellation", cast, factories.subscription(cast.customer), sent=sent)
    assert workflow.sent_before(sent.key, cast.alice) == first
    assert workflow.sent_before(sent.key, cast.bob) is None
    assert workflow.sent_before(None, cast.alice) is None

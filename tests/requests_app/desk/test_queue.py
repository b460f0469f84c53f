"""The queue: what it opens on, its tabs and counts, its statements, claiming several at once."""

import datetime

import pytest
from django.utils import timezone

from requests_app import workflow
from requests_app.models import EndOfTermChoice, Status, SubscriptionRequest
from tests import factories
from tests.requests_app.desk import QUEUE, dana_belongs_to, listed


def test_queue_opens_on_open_requests_by_deadline(as_, cast):
    now = timezone.now()
    by_days = {}
    for days in (5, 1, 3):
        closes = now + datetime.timedelta(days=days)
        subscription = factories.subscription(cast.customer, cancellation_allowed_until=closes)
        by_days[days] = factories.cancellation(subscription, cast.alice)
    done = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    factories.in_status(done, "declined", agent=cast.dana, author=cast.alice)
    assert listed(as_(cast.dana).get(QUEUE)) == [by_days[1], by_days[3], by_days[5]]


@pytest.mark.parametrize(
    ("show", "statuses"),
    [
        ("", {"submitted", "in_review", "waiting", "approved", "failed"}),
        ("mine", {"waiting", "approved", "failed"}),
        ("unassigned", {"submitted"}),
        ("overdue", {"approved"}),
        ("waiting", {"waiting"}),
        ("approved", {"approved"}),
        ("failed", {"failed"}),
        ("closed", {"completed", "declined", "withdrawn"}),
        ("all", set(Status.values)),
    ],
)
def test_queue_shows_what_is_asked_for(as_, cast, one_of_each, show, statuses):
    assert {one.status for one in listed(as_(cast.dana).get(f"{QUEUE}?show={show}"))} == statuses


def test_counts_of_the_index_match_the_queue(as_, cast, one_of_each):
    browser = as_(cast.dana)
    counts = browser.get("/admin/").context["counts"]
    for show, count in (("", counts.open), ("mine", counts.mine), ("unassigned", counts.unassigned),
                        ("overdue", counts.overdue), ("approved", counts.to_complete),
                        ("waiting", counts.waiting), ("failed", counts.failed)):  # fmt: skip
        assert len(listed(browser.get(f"{QUEUE}?show={show}"))) == count


def test_the_next_one_to_claim_is_never_ones_own(as_, cast):
    dana_belongs_to(cast.customer, cast.dana)
    factories.purchase(cast.customer, cast.dana)
    assert as_(cast.dana).get("/admin/").context["next_unassigned"] is None
    alices = factories.purchase(cast.customer, cast.alice)
    assert as_(cast.dana).get("/admin/").context["next_unassigned"] == alices


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("address", "statements"),
    [
        ("/admin/", 8),
        (QUEUE, 8),
        ("/admin/requests_app/subscription/", 8),
        ("/admin/requests_app/offer/", 8),
        ("/admin/requests_app/product/", 8),
        ("/admin/requests_app/cancellationpolicy/", 8),
        ("/admin/accounts/customer/", 8),
        ("/admin/accounts/customermembership/", 8),
        ("/admin/accounts/partnermembership/", 8),
        ("/admin/accounts/partner/", 8),
        ("/admin/accounts/partnerholiday/", 8),
        ("/admin/accounts/user/", 8),
        ("/admin/portal/selfservicelink/", 8),
    ],
)
def test_list_takes_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, address, statements, rows):
    from portal.models import SelfServiceLink

    for number in range(rows):
        factories.cancellation(factories.subscription(cast.customer), cast.alice)
        factories.purchase(cast.customer, cast.bob, factories.offer(cast.partner), factories.offer(cast.partner))
        cast.partner.holidays.create(date=f"2027-01-{number + 1:02}")
        SelfServiceLink.objects.create(key=f"link-{number}", title={"en": "Link"}, category="administer")
    person = cast.max if "user" not in address and "link" not in address else cast.root
    browser = as_(person)
    with assert_statements(statements):
        assert browser.get(address).status_code == 200


@pytest.mark.parametrize("search", ["R-", "Victoria", "%00", "' OR 1=1 --", "x" * 5000, "維多利亞"])
def test_queue_search_is_no_error(as_, cast, filed, search):
    assert as_(cast.dana).get(f"{QUEUE}?q={search}").status_code in (200, 302)


def test_bulk_claim_reports_what_was_refused(as_, cast, one_of_each):
    second = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    chosen = [one_of_each["submitted"].pk, second.pk, one_of_each["in_review"].pk]
    answer = as_(cast.dana).post(QUEUE, {"action": "claim_selected", "_selected_action": chosen}, follow=True)
    first, refusal = [str(message) for message in answer.context["messages"]]
    assert first == "2 requests are yours now."
    assert refusal.startswith(f"{one_of_each['in_review'].number}: This step is not possible any more")
    assert set(SubscriptionRequest.objects.filter(assignee=cast.dana, status="in_review")) == {
        one_of_each["submitted"], second,
    }  # fmt: skip


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("address", "statements"), [(QUEUE, 8), ("/admin/requests_app/offer/", 8), ("/admin/accounts/customer/", 8)]
)
def test_partner_of_each_row_is_named_to_those_who_see_several(as_, cast, assert_statements, address, statements, rows):
    for _ in range(rows):
        for customer, author in ((cast.customer, cast.alice), (cast.foreign_customer, cast.frank)):
            factories.purchase(customer, author)
    browser = as_(cast.root)
    with assert_statements(statements):
        text = browser.get(address).text
    assert cast.partner.name in text
    assert cast.other_partner.name in text
    columns = as_(cast.max).get(address).context["cl"].list_display
    assert "partner" not in columns


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"deadline_reason": "window"}, "window shuts in 5 hours"),
        ({"deadline_reason": "end_of_term"}, "term ends in 5 hours"),
        ({"deadline_reason": "answer"}, "answer within 5 hours"),
        ({"deadline_reason": "window", "escalation": 1}, "window shuts in 5 hours"),
    ],
)
def test_queue_says_what_a_deadline_is_for(as_, cast, filed, fields, text):
    soon = timezone.now() + datetime.timedelta(hours=5, minutes=30)
    SubscriptionRequest.objects.filter(pk=filed.pk).update(deadline=soon, **fields)
    answer = as_(cast.dana).get(QUEUE).text
    colour = "badge-danger" if "escalation" in fields else "badge-warning"
    badge = answer[answer.index(f'<span class="badge {colour}">') :]
    assert text in badge[: badge.index("</span>")]


def test_lead_time_comes_before_the_window(as_, cast, filed):
    cast.partner.lead_time_days = 2
    cast.partner.save()
    soon = timezone.now() + datetime.timedelta(hours=5, minutes=30)
    SubscriptionRequest.objects.filter(pk=filed.pk).update(deadline=soon, deadline_reason="window")
    text = as_(cast.dana).get(QUEUE).text
    assert "act within 5 hours" in text
    assert "before the window shuts" in text
    assert "window shuts in" not in text


def test_bulk_claim_leaves_out_what_one_has_filed(as_, cast):
    dana_belongs_to(cast.customer, cast.dana)
    own, other = factories.purchase(cast.customer, cast.dana), factories.purchase(cast.customer, cast.alice)
    form = {"action": "claim_selected", "_selected_action": [own.pk, other.pk]}
    answer = as_(cast.dana).post(QUEUE, form, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "1 request is yours now.",
        f"{own.number}: You have filed this request yourself: a colleague decides.",
    ]
    own.refresh_from_db()
    assert own.status == Status.SUBMITTED


def test_every_kind_has_its_line(as_, cast):
    subscription = factories.subscription(cast.customer, friendly_name="Power BI for sales")
    workflow.submit_more_seats(subscription, seats=5, actor=cast.alice)
    workflow.submit_fewer_seats(subscription, seats=4, actor=cast.alice)
    workflow.submit_end_of_term(subscription, choice=EndOfTermChoice.MONTH_TO_MONTH, actor=cast.alice)
    text = as_(cast.dana).get(QUEUE).text
    for line in ("+5 × Power BI for sales", "−4 × Power BI for sales", "End of term · Go on month to month"):
        assert line in text

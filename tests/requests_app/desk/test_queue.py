"""The queue: what it opens on, its tabs and counts, its statements, claiming several at once."""

import datetime
import re
import sys

import pytest
from django.utils import timezone

from requests_app import queue, workflow
from requests_app.models import EndOfTermChoice, Status, SubscriptionRequest
from tests import factories
from tests.requests_app.desk import QUEUE, listed


def test_queue_opens_on_ones_own_and_nobodys_by_deadline(as_, cast):
    now = timezone.now()
    by_days = {}
    for days in (5, 1, 3):
        closes = now + datetime.timedelta(days=days)
        subscription = factories.subscription(cast.customer, cancellation_allowed_until=closes)
        by_days[days] = factories.cancellation(subscription, cast.alice)
    done = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    factories.in_status(done, "declined", agent=cast.dana, author=cast.alice)
    assert listed(as_(cast.dana).get(QUEUE)) == [by_days[1], by_days[3], by_days[5]]
    workflow.claim(by_days[3], actor=cast.max)
    assert listed(as_(cast.dana).get(QUEUE)) == [by_days[1], by_days[5]]
    assert listed(as_(cast.max).get(QUEUE)) == [by_days[1], by_days[3], by_days[5]]


@pytest.mark.parametrize(
    ("show", "statuses"),
    [
        ("", {"submitted", "waiting", "approved", "failed"}),
        ("open", {"submitted", "in_review", "waiting", "approved", "failed"}),
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
    assert {one.status for one in listed(as_(cast.dana).get(f"{QUEUE}?show={show}", follow=True))} == statuses


def test_counts_of_the_index_match_the_queue(as_, cast, one_of_each):
    browser = as_(cast.dana)
    counts = browser.get("/admin/").context["counts"]
    for show, count in vars(counts).items():
        assert len(listed(browser.get(f"{QUEUE}?show={show}"))) == count
    tabs = {tab.show: tab.count for tab in browser.get(QUEUE).context["tabs"]}
    assert tabs == {"": counts.mine + counts.unassigned, "closed": None, "all": None, **vars(counts)}


def test_counts_stop_and_say_so(as_, cast, filed, monkeypatch):
    browser = as_(cast.dana)
    assert '<span class="count">1</span>' in browser.get(QUEUE).text
    factories.purchase(cast.customer, cast.alice)
    monkeypatch.setattr(sys.modules["requests_app.queue.figures"], "MOST", 1)
    monkeypatch.setattr(queue, "MOST", 1)
    factories.purchase(cast.customer, cast.alice)
    context = browser.get(QUEUE)
    assert context.context["tabs"][2].count == 2
    assert '<span class="count">1+</span>' in context.text


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("address", "statements"),
    [
        ("/admin/", 7),
        (QUEUE, 6),
        ("/admin/requests_app/subscription/", 6),
        ("/admin/requests_app/offer/", 6),
        ("/admin/requests_app/product/", 6),
        ("/admin/requests_app/cancellationpolicy/", 6),
        ("/admin/accounts/customer/", 6),
        ("/admin/accounts/customermembership/", 6),
        ("/admin/accounts/partnermembership/", 6),
        ("/admin/accounts/partner/", 6),
        ("/admin/accounts/partnerholiday/", 6),
        ("/admin/accounts/user/", 6),
        ("/admin/portal/selfservicelink/", 7),
    ],
)
def test_list_takes_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, address, statements, rows):
    for number in range(rows):
        factories.cancellation(factories.subscription(cast.customer), cast.alice)
        factories.purchase(cast.customer, cast.bob, factories.offer(cast.partner), factories.offer(cast.partner))
        cast.partner.holidays.create(date=f"2027-01-{number + 1:02}")
        factories.link(f"link-{number}", address_commercial="https://one.example", address_gcc="https://two.example")
    person = cast.max if "user" not in address and "link" not in address else cast.root
    browser = as_(person)
    with assert_statements(statements):
        assert browser.get(address).status_code == 200


@pytest.mark.parametrize("search", ["R-", "Victoria", "%00", "' OR 1=1 --", "x" * 5000, "維多利亞"])
def test_queue_search_is_no_error(as_, cast, filed, search):
    assert as_(cast.dana).get(f"{QUEUE}?q={search}").status_code in (200, 302)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("address", "statements"), [(QUEUE, 6), ("/admin/requests_app/offer/", 6), ("/admin/accounts/customer/", 6)]
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
    agents = as_(cast.max).get(address)
    shows = agents.context["shows_partners"] if address == QUEUE else "partner" in agents.context["cl"].list_display
    assert shows is False


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"deadline_reason": "window"}, "window shuts in 5 hours"),
        ({"deadline_reason": "end_of_term"}, "term ends in 5 hours"),
        ({"deadline_reason": "answer"}, "answer within 5 hours"),
        ({"deadline_reason": "window", "escalation": 1}, "window shuts in 5 hours"),
        ({"deadline_reason": "answer", "status": Status.APPROVED}, "to be done within 5 hours"),
    ],
)
def test_queue_says_what_a_deadline_is_for(as_, cast, filed, fields, text):
    soon = timezone.now() + datetime.timedelta(hours=5, minutes=30)
    assignee = cast.dana if "status" in fields else None
    SubscriptionRequest.objects.filter(pk=filed.pk).update(deadline=soon, assignee=assignee, **fields)
    answer = as_(cast.dana).get(QUEUE).text
    colour = "badge-danger" if "escalation" in fields else "badge-warning"
    badge = answer[answer.index(f'<span class="badge {colour}">') :]
    assert text in badge[: badge.index("</span>")]


def test_queue_says_exactly_for_how_long_a_request_is_overdue(as_, cast, filed):
    past = timezone.now() - datetime.timedelta(days=1, hours=5, minutes=30)
    SubscriptionRequest.objects.filter(pk=filed.pk).update(deadline=past, deadline_reason="window")
    badge = re.search(r'<span class="badge badge-danger">.*?</svg>(.*?)</span>', as_(cast.dana).get(QUEUE).text)
    assert badge
    assert badge[1] == "overdue for 1 day 5 hours"


def test_lead_time_comes_before_the_window(as_, cast, filed):
    cast.partner.lead_time_days = 2
    cast.partner.save()
    soon = timezone.now() + datetime.timedelta(hours=5, minutes=30)
    SubscriptionRequest.objects.filter(pk=filed.pk).update(deadline=soon, deadline_reason="window")
    text = as_(cast.dana).get(QUEUE).text
    assert "act within 5 hours" in text
    assert "before the window shuts" in text
    assert "window shuts in" not in text


def test_every_kind_has_its_line_and_nothing_of_it_is_read_for_itself(as_, cast, assert_statements):
    subscription = factories.subscription(cast.customer, friendly_name="Power BI for sales")
    workflow.submit_more_seats(subscription, seats=5, actor=cast.alice)
    workflow.submit_fewer_seats(subscription, seats=4, actor=cast.alice)
    workflow.submit_end_of_term(subscription, choice=EndOfTermChoice.MONTH_TO_MONTH, actor=cast.alice)
    nameless = factories.person("nameless")
    type(nameless).objects.filter(pk=nameless.pk).update(name="")
    cast.partner.memberships.create(user=nameless, role="agent")
    workflow.claim(factories.purchase(cast.customer, cast.bob), actor=nameless)
    browser = as_(cast.dana)
    with assert_statements(6):
        text = browser.get(f"{QUEUE}?show=open").text
    for line in (
        "Add 5 seats to Power BI for sales",
        "Give back 4 seats of",
        "Go on with Power BI for sales month to month",
        nameless.email,
    ):
        assert line in text


@pytest.mark.parametrize("person", ["dana", "root"])
def test_a_page_takes_as_many_statements_at_25_rows_as_at_100(as_, cast, assert_statements, person):
    offers = [factories.offer(cast.partner)]
    for _ in range(28):
        factories.purchase(cast.customer, cast.alice, *offers)
    browser = as_(getattr(cast, person))
    for query, rows in (("per=25", 25), ("per=100&show=open", 28), ("filters=1&per=100", 28), ("q=R-&show=open", 0)):
        with assert_statements(6 - (rows == 0)):  # without rows there are no lines to fetch
            assert len(listed(browser.get(f"{QUEUE}?{query}"))) == rows


def test_filters_offer_what_is_there(as_, cast, filed):
    factories.cancellation(factories.subscription(cast.foreign_customer), cast.frank)
    choices = as_(cast.dana).get(f"{QUEUE}?filters=1").context["choices"]
    assert [one.name for one in choices.customers] == ["Victoria Dental"]
    assert [one.name for one in choices.assignees] == ["Dana", "Max"]
    assert choices.partners == []
    of_root = as_(cast.root).get(f"{QUEUE}?filters=1").context["choices"]
    assert [one.name for one in of_root.customers] == ["Foreign Works", "Victoria Dental"]
    assert [one.name for one in of_root.partners] == ["Blue Heron Cloud", "Grey Owl Cloud"]


def test_a_filter_by_something_foreign_names_nothing(as_, cast, filed):
    answer = as_(cast.dana).get(f"{QUEUE}?show=open&customer={cast.foreign_customer.pk}&assignee={cast.erin.pk}")
    assert [str(chip.value) for chip in answer.context["chips"]] == ["not found", "not found"]
    assert listed(answer) == []
    own = as_(cast.dana).get(f"{QUEUE}?show=open&customer={cast.customer.pk}&assignee={cast.max.pk}")
    assert [str(chip.value) for chip in own.context["chips"]] == ["Victoria Dental", "Max"]


def test_pages_lead_on_and_back(as_, cast):
    offers = [factories.offer(cast.partner)]
    filed = [factories.purchase(cast.customer, cast.alice, *offers) for _ in range(27)]
    browser = as_(cast.dana)
    first = browser.get(f"{QUEUE}?show=open&order=oldest")
    assert listed(first) == filed[:25]
    second = browser.get(f"{QUEUE}?show=open&order=oldest&after={first.context['page'].older}")
    assert listed(second) == filed[25:]
    assert 'rel="next"' not in second.text
    back = browser.get(f"{QUEUE}?show=open&order=oldest&before={second.context['page'].newer}")
    assert listed(back) == filed[:25]


def test_an_address_is_put_into_its_one_form(as_, cast, filed):
    answer = as_(cast.dana).get(f"{QUEUE}?show=open&kind=&q=&made_up=1")
    assert (answer.status_code, answer["Location"]) == (302, f"{QUEUE}?show=open")


# --- Within the view ---


def test_a_page_leads_on_within_the_view_and_back_to_it(as_, cast, assert_statements):
    offers = [factories.offer(cast.partner)]
    first, one, last = (factories.purchase(cast.customer, cast.alice, *offers) for _ in range(3))
    browser, view = as_(cast.dana), "?view=show%3Dopen%26order%3Doldest"
    shown = browser.get(f"{QUEUE}{one.pk}/change/{view}")
    assert shown.context["view_nav"] == {
        "previous": f"{QUEUE}{first.pk}/change/{view}",
        "next": f"{QUEUE}{last.pk}/change/{view}",
        "back": f"{QUEUE}?show=open&order=oldest",
    }
    assert f'href="{QUEUE}{one.pk}/change/{view}"' in browser.get(f"{QUEUE}?show=open&order=oldest").text
    assert browser.get(f"{QUEUE}{one.pk}/change/").context["view_nav"] is None


@pytest.mark.parametrize("view", ["", "show%3Dopen%26order%3Doldest"])
def test_the_way_through_a_view_leads_on_after_a_step(as_, cast, view):
    """The view where the list opens says nothing in its address, and is a view nevertheless."""
    one, _other = (factories.purchase(cast.customer, cast.alice) for _ in range(2))
    browser, carried = as_(cast.dana), f"?view={view}"
    shown = browser.get(f"{QUEUE}{one.pk}/change/{carried}")
    (claim,) = (step["url"] for step in shown.context["steps"] if step["action"] == "claim")
    assert claim == f"{QUEUE}{one.pk}/claim/{carried}"
    assert f'href="{QUEUE}{one.pk}/change/{carried}"' in browser.get(claim).text
    taken = browser.post(claim, follow=True)
    assert taken.redirect_chain == [(f"{QUEUE}{one.pk}/change/{carried}", 302)]
    assert taken.context["view_nav"]["next"].endswith(f"/change/{carried}")


@pytest.mark.parametrize("view", ["%00", "show%3D%00", "x" * 5000, "%26" * 3000, "a%3D1%26" * 300, "<script>"])
def test_nonsense_about_the_view_is_no_error(as_, cast, filed, view):
    assert as_(cast.dana).get(f"{QUEUE}{filed.pk}/change/?view={view}").context["view_nav"]["back"] == QUEUE

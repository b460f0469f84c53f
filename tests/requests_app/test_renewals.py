"""What renews when: the reminders, and the page."""

import datetime

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import CustomerMembership, OutgoingMail
from portal.lib.acting import SITE, acting_as
from requests_app import policy, renewals, tasks, workflow
from requests_app.models import EndOfTermChoice, Subscription
from tests import factories
from tests.at_once import at_once
from tests.conftest import make_cast
from tests.jobs import nobody_has_said_who_acts, run_jobs

NOW = datetime.datetime(2026, 11, 22, 1, 0, tzinfo=datetime.UTC)
TODAY = NOW.date()


def ending(customer, days, *, today=TODAY, **fields):
    end = today + datetime.timedelta(days=days)
    values = {
        "commitment_end_date": end,
        "effective_start_date": end - datetime.timedelta(days=364),
        "cancellation_allowed_until": None,
    }
    return factories.subscription(customer, **(values | fields))


def run(now=NOW):
    """Do the day's reminding as the job does; return who was written to."""
    outbox.outbox.clear()
    with nobody_has_said_who_acts():
        tasks._one_by_one(lambda after: renewals.customers_to_remind(now, after), lambda pk: renewals.remind(pk, now))
    run_jobs()
    return sorted(message.to[0].split("@")[0] for message in outbox.outbox)


def noted(subscription):
    subscription.refresh_from_db()
    return subscription.reminded_of, subscription.reminded_days_before


# --- Whom, of what, how often ---


def test_people_who_may_ask_get_one_mail_for_all_of_a_day(cast):
    one, two = ending(cast.customer, 60), ending(cast.customer, 14)
    assert run() == ["alice", "bob"]  # Carol is a viewer
    assert noted(one) == (one.commitment_end_date, 60)
    assert noted(two) == (two.commitment_end_date, 14)
    assert run() == []


def test_each_customer_gets_its_own_mail(cast):
    CustomerMembership.objects.create(user=cast.alice, customer=cast.sibling, role="requester")
    ending(cast.customer, 30, friendly_name="Here")
    ending(cast.sibling, 30, friendly_name="There")
    assert run() == ["alice", "alice", "bob", "charlie"]
    assert {"Here" in message.body for message in outbox.outbox} == {True, False}
    assert [("Here" in message.body, "There" in message.body) for message in outbox.outbox].count((True, True)) == 0


@pytest.mark.parametrize(
    ("days", "sent"),
    [(61, []), (60, [60]), (59, [60]), (31, [60]), (30, [30]), (14, [14]), (8, [14]), (7, [7]), (0, [7]), (-1, [])],
)
def test_reminder_of_the_day(cast, days, sent):
    subscription = ending(cast.customer, days)
    run()
    assert [found for found in [noted(subscription)[1]] if found] == sent


def test_year_of_days_brings_four_reminders(cast):
    """Also over the end of the year and a leap day: 2028-02-29 is a day like any other."""
    first = datetime.datetime(2027, 11, 1, 1, 0, tzinfo=datetime.UTC)
    subscription = ending(cast.customer, 0, today=datetime.date(2028, 2, 29))
    days = [first + datetime.timedelta(days=number) for number in range(125)]
    told = [now.date() for now in days if run(now)]
    end = subscription.commitment_end_date
    assert [(end - day).days for day in told] == [60, 30, 14, 7]
    assert [day.year for day in told] == [2027, 2028, 2028, 2028]


def test_missed_days_are_not_made_up_for(cast):
    subscription = ending(cast.customer, 61)
    assert run() == []
    assert run(NOW + datetime.timedelta(days=40)) == ["alice", "bob"]  # 21 days left: the reminder of 30
    assert noted(subscription)[1] == 30
    assert run(NOW + datetime.timedelta(days=41)) == []
    assert run(NOW + datetime.timedelta(days=47)) == ["alice", "bob"]
    assert noted(subscription)[1] == 14


def test_next_term_is_reminded_of_anew(cast):
    subscription = ending(cast.customer, 7)
    run()
    later = subscription.commitment_end_date + datetime.timedelta(days=365)
    Subscription.objects.filter(pk=subscription.pk).update(commitment_end_date=later)
    assert run(NOW + datetime.timedelta(days=365 + 7 - 60)) == ["alice", "bob"]
    assert noted(subscription) == (later, 60)


def test_monthly_terms_are_not_nagged_about(cast):
    subscription = ending(cast.customer, 29, term_duration="P1M")
    days = [NOW + datetime.timedelta(days=number) for number in range(30)]
    assert [(subscription.commitment_end_date - now.date()).days for now in days if run(now)] == [7]


def test_nothing_that_is_decided_or_asked_about_is_reminded_of(cast):
    ending(cast.customer, 14, ends_on=TODAY + datetime.timedelta(days=14))
    ending(cast.customer, 14, arranged_at_end_of_term=EndOfTermChoice.RENEW)
    ending(cast.customer, 14, status="expired")
    factories.cancellation(ending(cast.customer, 14), cast.bob)
    workflow.submit_end_of_term(ending(cast.customer, 14), choice=EndOfTermChoice.RENEW, actor=cast.bob)
    workflow.submit_more_seats(about_seats := ending(cast.customer, 14), seats=2, actor=cast.bob)
    run_jobs()
    assert run() == ["alice", "bob"]  # more seats say nothing about the end
    assert list(Subscription.objects.filter(reminded_of__isnull=False)) == [about_seats]


def test_where_nobody_may_ask_nothing_is_noted_and_who_comes_is_reminded(cast):
    subscription = ending(cast.customer, 14)
    cast.customer.memberships.update(role="viewer")
    assert (run(), noted(subscription)) == ([], (None, None))
    cast.customer.memberships.filter(user=cast.carol).update(role="admin")
    assert run() == ["carol"]


def test_people_who_may_not_sign_in_are_not_written_to(cast):
    ending(cast.customer, 14)
    cast.bob.is_active = False
    cast.bob.save()
    assert run() == ["alice"]


@pytest.mark.parametrize("term", ["P1M", "P1Y", "P3Y"])
def test_database_finds_what_the_rule_says(cast, term):
    """Each distance and each reminder before, on each of 63 days: the same rows as ``policy.reminder_due``."""
    for before in (None, 60, 30, 14, 7):
        for days in range(-1, 62):
            subscription = ending(cast.customer, days, term_duration=term, reminded_days_before=before)
            subscription.reminded_of = subscription.commitment_end_date if before else None
            subscription.save()
    found = set(renewals._to_be_reminded_of(TODAY))
    rows = Subscription.objects.all()
    assert found == {
        one
        for one in rows
        if policy.reminder_due(one.commitment_end_date, TODAY, one.reminded_days_before, one.term_duration)
    }
    assert 0 < len(found) < len(rows)


# --- The mail ---


def test_mail_says_what_happens_and_has_the_links(cast):
    renews = ending(cast.customer, 14, friendly_name="Renews", quantity=25)
    goes_on = ending(
        cast.customer,
        30,
        friendly_name="Goes on",
        auto_renew_enabled=False,
        effective_start_date=datetime.date(2025, 12, 23),
    )
    run()
    message = outbox.outbox[0]
    assert message.subject == (
        "2 subscriptions of Victoria Dental: the first term ends on 6 Dec 2026. Keep, change or cancel?"
    )
    assert "Renews by itself after 6 Dec 2026: 25 seats, 1 year, billed monthly." in message.body
    assert "Goes on month to month after 22 Dec 2026, at the monthly rate and 3% more, or 23% more" in message.body
    assert "that is not a cancellation" in message.body
    for text in (message.body, message.alternatives[0].content):
        assert "http://localhost:8000/renewals/" in text
        for subscription in (renews, goes_on):
            for address in vars(renewals.ask_links(subscription)).values():
                assert address.replace("&", "&amp;" if text is not message.body else "&") in text


def test_mail_is_in_the_language_of_its_reader(cast):
    ending(cast.customer, 14)
    cast.bob.language = "zh-hant"
    cast.bob.save()
    run()
    bodies = {message.to[0].split("@")[0]: message.body for message in outbox.outbox}
    assert "6 Dec 2026" in bodies["alice"]
    assert "2026年12月6日" in bodies["bob"]


def statements_of_digest(customer, count):
    for number in range(count):
        ending(customer, 14, friendly_name=f"Subscription {number:03}")
    with CaptureQueriesContext(connection) as captured:
        renewals.remind(customer.pk, NOW)
    return len([one for one in captured.captured_queries if "SAVEPOINT" not in one["sql"]])


def test_digest_of_200_takes_as_many_statements_as_one_of_2(cast):
    CustomerMembership.objects.filter(customer=cast.sibling).update(role="admin")
    CustomerMembership.objects.filter(user=cast.alice).delete()  # one reader at each
    few = statements_of_digest(cast.sibling, 2)
    many = statements_of_digest(cast.customer, 200)
    assert few == many
    run_jobs()
    body = next(message.body for message in outbox.outbox if message.to == [cast.bob.email])
    assert body.count("Renews by itself") == 50
    assert "150 more are on the page." in body


# --- At once, and again ---


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_remind_once():
    cast = make_cast()
    ending(cast.customer, 14)
    ending(cast.sibling, 7)

    def work(number):
        tasks._one_by_one(lambda after: renewals.customers_to_remind(NOW, after), lambda pk: renewals.remind(pk, NOW))

    assert [result for result in at_once(work) if result is not None] == []
    assert OutgoingMail.objects.count() == 3


def test_mail_and_note_come_or_go_together(cast, monkeypatch):
    subscription = ending(cast.customer, 14)

    class Stop(Exception):
        pass

    def stop(*args, **kwargs):
        raise Stop

    monkeypatch.setattr(renewals.mail, "queue", stop)
    with pytest.raises(Stop), acting_as(SITE):
        renewals.remind(cast.customer.pk, NOW)
    assert (noted(subscription), OutgoingMail.objects.count()) == ((None, None), 0)


def test_batches_go_through_all_customers(cast, monkeypatch):
    monkeypatch.setattr(renewals, "BATCH", 1)
    for customer in (cast.customer, cast.sibling, cast.foreign_customer):
        ending(customer, 14)
    assert run() == ["alice", "bob", "charlie", "frank"]


# --- The page ---

PAGE = "/renewals/"


@pytest.fixture
def page(client, cast):
    def open_as(person, query=""):
        client.force_login(person)
        return client.get(PAGE + query)

    return open_as


def in_days(customer, days, **fields):
    today = datetime.datetime.now(datetime.UTC).date()
    return ending(customer, days, today=today, **fields)


def shown(response):
    return [renewal.subscription for _month, rows in response.context["months"] for renewal in rows]


def test_page_lists_the_next_end_first_under_its_month(page, cast):
    later, soon = in_days(cast.customer, 40), in_days(cast.customer, 3)
    in_days(cast.customer, -1)
    in_days(cast.customer, 5, status="deleted")
    factories.subscription(cast.customer, commitment_end_date=None)
    in_days(cast.sibling, 5)
    response = page(cast.alice)
    assert shown(response) == [soon, later]
    assert [month.day for month, _rows in response.context["months"]] == [1, 1]


def test_last_day_itself_is_still_on_the_page(page, cast):
    today = in_days(cast.customer, 0)
    assert shown(page(cast.alice)) == [today]


def test_page_offers_what_can_be_asked_to_those_who_may(page, cast):
    subscription = in_days(cast.customer, 20)
    cancel = renewals.ask_links(subscription).cancel.replace("&", "&amp;")
    assert cancel in page(cast.bob).text
    assert cancel not in page(cast.carol).text


def test_page_names_what_was_asked_and_what_is_arranged(page, cast):
    filed = workflow.submit_end_of_term(
        in_days(cast.customer, 20), choice=EndOfTermChoice.MONTH_TO_MONTH, actor=cast.bob
    )
    changed = in_days(
        cast.customer, 21, arranged_at_end_of_term="renew_changed", scheduled_quantity=9, friendly_name="Fewer"
    )
    ends = in_days(cast.customer, 22, friendly_name="Over")
    Subscription.objects.filter(pk=ends.pk).update(ends_on=ends.commitment_end_date)
    text = page(cast.bob).text
    assert f"Asked: Go on month to month, {filed.number}" in text
    assert "with changes, as your partner has arranged: 9 seats, 1 year, billed monthly." in text
    assert "your partner has arranged it. Access stops then" in text
    assert f'href="{renewals.ask_links(changed).keep}"'.replace("&", "&amp;") not in text
    assert renewals.ask_links(ends).cancel.replace("&", "&amp;") not in text


@pytest.mark.parametrize("person", ["charlie", "frank"])
def test_others_see_their_own(page, cast, person):
    in_days(cast.customer, 20, friendly_name="CANARY")
    response = page(getattr(cast, person))
    assert (response.status_code, shown(response)) == (200, [])
    assert "CANARY" not in response.text
    assert "Nothing has a term that ends" in response.text


def test_page_goes_on_behind_its_last_row(page, cast):
    made = [in_days(cast.customer, 20 + number // 3) for number in range(30)]
    first = page(cast.alice)
    second = page(cast.alice, f"?page={first.context['page'].older}")
    assert shown(first) + shown(second) == made
    assert len(shown(first)) == 25


@pytest.mark.parametrize(
    "choice", [EndOfTermChoice.RENEW, EndOfTermChoice.RENEW_CHANGED, EndOfTermChoice.MONTH_TO_MONTH]
)
@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_each_arrangement_has_a_sentence(cast, choice, language):
    from django.utils import translation

    subscription = in_days(cast.customer, 20, arranged_at_end_of_term=choice)
    with translation.override(language):
        [renewal] = renewals.outlook([subscription], NOW)
        assert str(subscription.commitment_end_date.year) in renewal.what_happens


def test_offer_by_the_month_makes_the_surcharge_known(cast):
    subscription = ending(cast.customer, 20, auto_renew_enabled=False)
    factories.offer(cast.partner, subscription.product, term_duration="P1M")
    [renewal] = renewals.outlook([subscription], NOW)
    assert "the monthly rate and 3% more." in renewal.what_happens


def test_too_old_for_an_extended_term_is_expected_to_end(cast):
    subscription = ending(
        cast.customer,
        20,
        auto_renew_enabled=False,
        term_duration="P3Y",
        effective_start_date=datetime.date(2023, 12, 13),
    )
    [renewal] = renewals.outlook([subscription], NOW)
    assert renewal.what_happens == ("Auto-renew is off: it is expected to end after 12 Dec 2026, and access with it.")


@pytest.mark.parametrize("before", ["", "renew", "month_to_month"], ids=["nothing", "renew", "month_to_month"])
def test_fewer_seats_at_the_renewal_replace_what_was_arranged(cast, before):
    """It cannot both renew with fewer seats and renew as it is, or go on month to month; and it is decided."""
    subscription = ending(cast.customer, 21, today=timezone.now().date(), quantity=12, auto_renew_enabled=not before)
    Subscription.objects.filter(pk=subscription.pk).update(arranged_at_end_of_term=before)
    asked = workflow.submit_fewer_seats(subscription, seats=4, actor=cast.bob)
    workflow.claim(asked, actor=cast.dana)
    workflow.approve(asked, actor=cast.dana)
    workflow.complete(asked, actor=cast.dana, external_reference="PC-1", at_renewal=True)
    subscription.refresh_from_db()
    assert (subscription.scheduled_quantity, subscription.auto_renew_enabled) == (8, True)
    assert subscription.arranged_at_end_of_term == "renew_changed"


def test_second_change_for_the_renewal_counts_on_from_the_first(cast):
    subscription = ending(cast.customer, 21, today=timezone.now().date(), quantity=12)
    for seats in (4, 3):
        asked = workflow.submit_fewer_seats(subscription, seats=seats, actor=cast.bob)
        workflow.claim(asked, actor=cast.dana)
        workflow.approve(asked, actor=cast.dana)
        workflow.complete(asked, actor=cast.dana, external_reference="PC-1", at_renewal=True)
    subscription.refresh_from_db()
    assert (subscription.quantity, subscription.scheduled_quantity) == (12, 5)

"""What managers keep by hand: windows, estimates, the seats that were added."""

import datetime

import pytest
from django.forms import BooleanField
from django.utils import timezone

from requests_app import estimates, renewals, workflow
from requests_app.models import CancellationPolicy, SeatBatch, Subscription
from tests import factories
from tests.jobs import run_jobs
from tests.requests_app.desk import NO_BATCHES

START = datetime.date(2026, 11, 1)
ADDED = datetime.datetime(2026, 11, 10, 8, 30, tzinfo=datetime.UTC)
WEEK = datetime.timedelta(days=7)
MIDNIGHT = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


@pytest.fixture
def subscription(cast):
    return factories.subscription(
        cast.customer,
        effective_start_date=START,
        commitment_end_date=datetime.date(2027, 10, 31),
        cancellation_allowed_until=None,
    )


def sent(subscription, **fields):
    """Return what the page of a subscription sends."""
    form = {
        "product": subscription.product_id, "quantity": subscription.quantity, "status": "active",
        "term_duration": "P1Y", "billing_cycle": "monthly", "effective_start_date": START.isoformat(),
        "commitment_end_date": "2027-10-31", "auto_renew_enabled": "on", "cancellation_allowed_until": "",
        **NO_BATCHES,
    }  # fmt: skip
    return form | fields


def batch(number=0, **fields):
    form = {"quantity": "5", "added_at": "2026-11-10T08:30:00", "cancellation_allowed_until": ""} | fields
    return {f"batches-{number}-{name}": value for name, value in form.items()} | {"batches-TOTAL_FORMS": "1"}


def address(subscription):
    return f"/admin/requests_app/subscription/{subscription.pk}/change/"


def errors_of(answer):
    return dict(answer.context["adminform"].form.errors), [
        *answer.context["inline_admin_formsets"][0].formset.errors,
        *answer.context["inline_admin_formsets"][0].formset.non_form_errors(),
    ]


# --- Windows ---


def test_estimate_without_a_date_is_computed_from_the_rule(as_, cast, subscription):
    form = sent(subscription, cancellation_date_is_estimate="on")
    assert as_(cast.max).post(address(subscription), form).status_code == 302
    subscription.refresh_from_db()
    assert subscription.cancellation_allowed_until == MIDNIGHT + WEEK


def test_estimate_follows_the_date_of_the_purchase(as_, cast, subscription):
    Subscription.objects.update(cancellation_date_is_estimate=True, cancellation_allowed_until=MIDNIGHT + WEEK)
    form = sent(
        subscription,
        cancellation_date_is_estimate="on",
        cancellation_allowed_until="2026-11-08T00:00:00",
        effective_start_date="2026-11-03",
        commitment_end_date="2027-11-02",
    )
    assert as_(cast.max).post(address(subscription), form).status_code == 302
    subscription.refresh_from_db()
    assert subscription.cancellation_allowed_until == MIDNIGHT + datetime.timedelta(days=2) + WEEK


def test_date_that_is_entered_is_not_kept_as_an_estimate(as_, cast, subscription):
    form = sent(subscription, cancellation_date_is_estimate="on", cancellation_allowed_until="2026-11-09T00:00:00")
    fields, _batches = errors_of(as_(cast.max).post(address(subscription), form))
    assert list(fields) == ["cancellation_allowed_until"]
    del form["cancellation_date_is_estimate"]
    assert as_(cast.max).post(address(subscription), form).status_code == 302
    subscription.refresh_from_db()
    assert subscription.cancellation_date_is_estimate is False


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cancellation_allowed_until", "2026-10-31T23:59:59"),
        ("ends_on", "2026-10-31"),
        ("ends_on", "2027-11-01"),
    ],
)
def test_dates_outside_the_term_are_told(as_, cast, subscription, field, value):
    fields, _batches = errors_of(as_(cast.max).post(address(subscription), sent(subscription, **{field: value})))
    assert list(fields) == [field]


# --- Seat additions ---


def test_addition_is_kept_with_its_estimated_window(as_, cast, subscription):
    form = sent(subscription) | batch(cancellation_date_is_estimate="on")
    assert as_(cast.max).post(address(subscription), form).status_code == 302
    kept = SeatBatch.objects.get()
    assert (kept.quantity, kept.added_at, kept.cancellation_allowed_until) == (5, ADDED, ADDED + WEEK)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"added_at": "2026-10-31T23:59:59"}, "added_at"),
        ({"added_at": "2027-11-01T00:00:00"}, "added_at"),
        ({"cancellation_allowed_until": "2026-11-10T08:29:59"}, "cancellation_allowed_until"),
        ({"quantity": "0"}, "__all__"),
        (
            {"cancellation_date_is_estimate": "on", "cancellation_allowed_until": "2026-11-20T00:00:00"},
            "cancellation_allowed_until",
        ),
    ],
)
def test_addition_that_cannot_be_is_told(as_, cast, subscription, fields, wrong):
    _fields, batches = errors_of(as_(cast.max).post(address(subscription), sent(subscription) | batch(**fields)))
    assert [list(errors) for errors in batches] == [[wrong]]
    assert SeatBatch.objects.count() == 0


def test_additions_are_part_of_the_subscription(as_, cast, subscription):
    form = sent(subscription) | batch(quantity="26")
    _fields, batches = errors_of(as_(cast.max).post(address(subscription), form))
    assert batches[-1] == "The additions have 26 seats together, the subscription has 25. They are part of them."
    assert as_(cast.max).post(address(subscription), sent(subscription) | batch(quantity="25")).status_code == 302


def test_addition_of_another_subscription_is_left_alone(as_, cast, subscription):
    """Nothing is written; of another partner's addition the answers are those for one that is not there."""
    foreign = [
        SeatBatch.objects.create(subscription=factories.subscription(customer), quantity=3, added_at=ADDED)
        for customer in (cast.sibling, cast.foreign_customer)
    ]
    before, answers = list(SeatBatch.objects.order_by("pk").values()), []
    for pk in (*(one.pk for one in foreign), 999_999):
        form = sent(subscription) | batch(id=pk, quantity="7") | {"batches-INITIAL_FORMS": "1"}
        answer = as_(cast.max).post(address(subscription), form)
        answers.append((answer.status_code, answer.headers.get("Location")))
        deleting = form | {"batches-0-DELETE": "on"}
        answer = as_(cast.max).post(address(subscription), deleting)
        answers.append((answer.status_code, answer.headers.get("Location")))
    assert list(SeatBatch.objects.order_by("pk").values()) == before
    assert answers[2:4] == answers[4:]


@pytest.mark.parametrize("name", ["dana", "erin", "sam"])
def test_additions_are_kept_by_the_partners_managers_alone(as_, cast, subscription, name):
    answer = as_(getattr(cast, name)).post(address(subscription), sent(subscription) | batch())
    assert answer.status_code in (403, 404)
    assert SeatBatch.objects.count() == 0


@pytest.mark.parametrize("name", ["dana", "max"])
def test_additions_take_no_statement_for_each(as_, cast, assert_statements, subscription, name):
    counts = []
    as_(getattr(cast, name)).get(address(subscription))  # reads a content type, once for the process
    for rows in (1, 3):
        for _ in range(rows):
            SeatBatch.objects.create(subscription=subscription, quantity=1, added_at=ADDED)
        browser = as_(getattr(cast, name))
        with assert_statements({"dana": 6, "max": 7}[name]):
            counts.append(browser.get(address(subscription)).status_code)
    assert counts == [200, 200]


# --- Estimates follow the rules ---


def test_rule_that_changes_moves_the_estimates_and_nothing_else(as_, cast, subscription):
    known, exact, other = (
        factories.subscription(
            cast.customer,
            effective_start_date=START,
            commitment_end_date=datetime.date(2027, 10, 31),
            cancellation_allowed_until=until,
        )
        for until in (MIDNIGHT + WEEK, MIDNIGHT + WEEK + datetime.timedelta(hours=9), MIDNIGHT + WEEK)
    )
    Subscription.objects.exclude(pk=known.pk).update(cancellation_date_is_estimate=True)
    Subscription.objects.filter(pk=other.pk).update(status="deleted")
    added = SeatBatch.objects.create(
        subscription=known, quantity=1, added_at=ADDED, cancellation_allowed_until=ADDED + WEEK,
        cancellation_date_is_estimate=True,
    )  # fmt: skip
    assert estimates.refresh() == 1  # the one that had no date yet; what counts from the moment of a purchase stays
    rule = CancellationPolicy.objects.get(product_type="license_based")
    form = as_(cast.sam).get(f"/admin/requests_app/cancellationpolicy/{rule.pk}/change/").context["adminform"].form
    data = {name: value for name, value in form.initial.items() if isinstance(value, (str, int)) and value is not False}
    data |= {"window_hours": "72", "in_force_from": "2020-01-01", "source": "A page"}
    answer = as_(cast.sam).post(f"/admin/requests_app/cancellationpolicy/{rule.pk}/change/", data)
    assert answer.status_code == 302, answer.context["errors"]
    run_jobs("refresh_estimates")
    days = datetime.timedelta(days=3)
    for row, until in (
        (subscription, MIDNIGHT + days), (known, MIDNIGHT + WEEK), (exact, MIDNIGHT + days), (other, MIDNIGHT + WEEK),
        (added, ADDED + days),
    ):  # fmt: skip
        row.refresh_from_db()
        assert row.cancellation_allowed_until == until
    assert estimates.refresh() == 0


def test_estimate_of_a_purchase_today_counts_from_its_day(cast):
    subscription = factories.subscription(cast.customer, effective_start_date=timezone.now().date())
    until = estimates.of_subscription(subscription).until
    assert until.time() == datetime.time()
    assert until.date() - subscription.effective_start_date == WEEK


# --- The end of the term ---

OLD_END, NEW_END = datetime.date(2027, 10, 31), "2028-10-31"
NO_SCHEDULE = {"scheduled_quantity": None, "scheduled_term_duration": "", "scheduled_billing_cycle": ""}
NOT_REMINDED = {"reminded_of": None, "reminded_days_before": None}


def of_the_end(subscription, **fields):
    """Give the subscription what completed requests and reminders leave."""
    schedule = {"scheduled_quantity": 4, "scheduled_term_duration": "P3Y", "scheduled_billing_cycle": "annual"}
    left = schedule | {"arranged_at_end_of_term": "renew_changed", "reminded_of": OLD_END, "reminded_days_before": 30}
    Subscription.objects.filter(pk=subscription.pk).update(**(left | fields))
    return left | fields


def kept(subscription):
    names = [*NO_SCHEDULE, *NOT_REMINDED, "arranged_at_end_of_term"]
    return Subscription.objects.values(*names).get(pk=subscription.pk)


def test_later_end_of_term_clears_what_was_meant_for_the_old_one(as_, cast, subscription):
    of_the_end(subscription)
    page = as_(cast.max).get(address(subscription)).content.decode()
    assert "A later day means that it has renewed" in page
    answer = as_(cast.max).post(address(subscription), sent(subscription, commitment_end_date=NEW_END), follow=True)
    assert kept(subscription) == NO_SCHEDULE | NOT_REMINDED | {"arranged_at_end_of_term": ""}
    told = " ".join(str(message) for message in answer.context["messages"])
    assert "Renew with changes · 4 seats · 3 years" in told


@pytest.mark.parametrize("end", ["2027-10-31", "2027-09-30", ""])
def test_end_of_term_that_is_not_later_clears_nothing(as_, cast, subscription, end):
    before = of_the_end(subscription)
    as_(cast.max).post(address(subscription), sent(subscription, commitment_end_date=end, friendly_name="Saved"))
    assert Subscription.objects.get(pk=subscription.pk).friendly_name == "Saved"
    assert kept(subscription) == before


def test_renewed_subscription_is_reminded_of_in_its_next_term(as_, cast, subscription):
    of_the_end(subscription, arranged_at_end_of_term="renew", **NO_SCHEDULE)
    as_(cast.max).post(address(subscription), sent(subscription, commitment_end_date=NEW_END))
    now = datetime.datetime(2028, 10, 1, 1, tzinfo=datetime.UTC)
    assert renewals.customers_to_remind(now) == [cast.customer.pk]


def test_end_that_still_stands_stays_arranged(as_, cast, subscription):
    of_the_end(subscription, arranged_at_end_of_term="cancel", ends_on=OLD_END, **NO_SCHEDULE)
    form = sent(subscription, commitment_end_date=NEW_END, ends_on=OLD_END.isoformat())
    as_(cast.max).post(address(subscription), form)
    assert kept(subscription)["arranged_at_end_of_term"] == "cancel"


def test_end_that_is_taken_out_is_not_arranged_any_more(as_, cast, subscription):
    of_the_end(subscription, arranged_at_end_of_term="cancel", ends_on=OLD_END, **NO_SCHEDULE)
    as_(cast.max).post(address(subscription), sent(subscription, ends_on=""))
    assert kept(subscription) == NO_SCHEDULE | NOT_REMINDED | {"arranged_at_end_of_term": ""}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"auto_renew_enabled": True}, "renews by itself"),
        ({"auto_renew_enabled": False}, "then month to month"),
        (
            {"auto_renew_enabled": False, "term_duration": "P3Y", "effective_start_date": "2024-11-01"},
            "expected to end",
        ),
        ({"auto_renew_enabled": False, "commitment_end_date": None}, ""),
    ],
)
def test_list_says_what_comes_after_the_term(as_, cast, subscription, fields, told):
    Subscription.objects.filter(pk=subscription.pk).update(**fields)
    page = as_(cast.dana).get("/admin/requests_app/subscription/").content.decode()
    found = [one for one in ("renews by itself", "then month to month", "expected to end") if f">{one}<" in page]
    assert found == [told][: len(told)]


# --- Edited meanwhile ---


def opened(browser, subscription):
    """Open the page and return what it would send."""
    answer = browser.get(address(subscription))
    fields = [*answer.context["adminform"].form, *answer.context["inline_admin_formsets"][0].formset.management_form]
    for form in answer.context["inline_admin_formsets"][0].formset:
        fields += [*form]
    values = {one.html_name: one.field.widget.format_value(one.value()) for one in fields}
    checked = {one.html_name: one.value() for one in fields if isinstance(one.field, BooleanField)}
    values |= {name: "on" for name, on in checked.items() if on}
    gone = {name for name, on in checked.items() if not on}
    return {
        name: value[0] if isinstance(value, list) else value or "" for name, value in values.items() if name not in gone
    }


def test_page_sent_as_it_was_opened_changes_nothing(as_, cast, subscription):
    SeatBatch.objects.create(subscription=subscription, quantity=3, added_at=ADDED)
    before = Subscription.objects.values().get(), SeatBatch.objects.values().get()
    browser = as_(cast.max)
    assert browser.post(address(subscription), opened(browser, subscription)).status_code == 302
    assert (Subscription.objects.values().get(), SeatBatch.objects.values().get()) == before


def test_manager_does_not_undo_what_a_request_has_done_meanwhile(as_, cast, subscription):
    """Five seats are added while the page is open: its old number of seats is not saved over the new one."""
    browser = as_(cast.max)
    form = opened(browser, subscription) | {"friendly_name": "Reports"}
    filed = workflow.submit_more_seats(subscription, seats=5, actor=cast.alice)
    approved = workflow.approve(workflow.claim(filed, actor=cast.dana), actor=cast.dana)
    workflow.complete(approved, actor=cast.dana, external_reference="ORDER-1")
    answer = browser.post(address(subscription), form)
    errors, _batches = errors_of(answer)
    assert errors["__all__"] == [
        "Somebody else has saved this meanwhile. Nothing of yours is saved yet: look at Seats and save again."
    ]
    assert errors["quantity"] == ["Somebody has changed this meanwhile. Here you see it as it is now."]
    shown = answer.context["adminform"].form
    assert (shown["quantity"].value(), shown["friendly_name"].value()) == ("30", "Reports")
    again = form | {"quantity": "30", "as_shown": shown["as_shown"].value()}
    assert browser.post(address(subscription), again).status_code == 302
    subscription.refresh_from_db()
    assert (subscription.quantity, subscription.friendly_name) == (30, "Reports")


@pytest.mark.parametrize(
    ("field", "theirs", "mine", "told"),
    [
        ("quantity", 40, "41", "40"),
        ("status", "suspended", "deleted", "Suspended, still billed"),
        ("commitment_end_date", datetime.date(2028, 10, 31), "2029-10-31", "2028-10-31"),
        ("cancellation_allowed_until", ADDED, "2026-11-12T00:00", "2026-11-10T08:30:00"),
        ("auto_renew_enabled", False, "on", None),
    ],
)
def test_what_both_have_changed_is_kept_as_typed_beside_the_others(as_, cast, subscription, field, theirs, mine, told):
    Subscription.objects.update(cancellation_date_is_estimate=False)
    browser = as_(cast.max)
    form = opened(browser, subscription) | {field: mine}
    Subscription.objects.update(**{field: theirs})
    answer = browser.post(address(subscription), form)
    errors, _batches = errors_of(answer)
    shown = answer.context["adminform"].form
    if told is None:  # this reader had not touched it
        assert shown[field].value() is False
    else:
        assert f"Meanwhile somebody has changed this to: {told}" in errors[field]
        assert shown[field].value() == mine
    assert Subscription.objects.values_list(field, flat=True).get() == theirs


def test_addition_that_was_given_back_meanwhile_is_not_restored(as_, cast, subscription):
    batch = SeatBatch.objects.create(subscription=subscription, quantity=5, added_at=ADDED)
    browser = as_(cast.max)
    form = opened(browser, subscription)
    SeatBatch.objects.update(quantity=2)
    answer = browser.post(address(subscription), form | {"friendly_name": "Reports"})
    _errors, batches = errors_of(answer)
    assert batches[0]["quantity"] == ["Somebody has changed this meanwhile. Here you see it as it is now."]
    batch.refresh_from_db()
    assert batch.quantity == 2


@pytest.mark.parametrize(
    "nonsense", ["", "x", "[]", '{"quantity": 7}', '{"quantity": "x", "nowhere": "1"}', "{" * 2000]
)
def test_nonsense_about_what_was_shown_is_no_error(as_, cast, subscription, nonsense):
    answer = as_(cast.max).post(address(subscription), sent(subscription, quantity=26, as_shown=nonsense))
    assert answer.status_code in (200, 302)


# --- Deadlines that hang on it ---


def test_deadline_of_an_open_request_moves_with_the_window(as_, cast, subscription):
    now = timezone.now().replace(microsecond=0)
    first, second = now + datetime.timedelta(days=4), now + datetime.timedelta(hours=5)
    row = Subscription.objects.filter(pk=subscription.pk)
    row.update(
        effective_start_date=now.date(), commitment_end_date=now.date() + WEEK * 50, cancellation_allowed_until=first
    )
    filed = factories.cancellation(row.get(), cast.alice)
    filed.escalation = 2
    filed.save(update_fields=["escalation"])
    form = sent(
        subscription,
        effective_start_date=now.date().isoformat(),
        commitment_end_date=(now.date() + WEEK * 50).isoformat(),
        cancellation_allowed_until=second.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    answer = as_(cast.max).post(address(subscription), form, follow=True)
    assert "The deadline of 1 open request has moved along." in answer.text
    filed.refresh_from_db()
    assert (filed.deadline, filed.deadline_reason, filed.escalation) == (second, "window", 0)


def test_deadline_of_a_request_is_left_where_nothing_moves(as_, cast, subscription):
    filed = factories.cancellation(subscription, cast.alice)
    as_(cast.max).post(address(subscription), sent(subscription, quantity=26))
    assert filed.deadline == type(filed).objects.get(pk=filed.pk).deadline

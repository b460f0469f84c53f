"""From Partner Center's own files to rows: previewed, confirmed, written at once, and nothing else."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from accounts.models import Customer
from requests_app.imports import runs
from requests_app.models import ImportLine, ImportStatus, Offer, Subscription
from tests import factories
from tests.requests_app.imports import (
    CUSTOMERS,
    OFFERS,
    SUBSCRIPTIONS,
    TENANT,
    checked,
    confirmed,
    counts,
    csv_file,
    customers,
    problems,
)

NEW = [TENANT.format(1), "Harbour Books", "harbourbooks.onmicrosoft.com", "Cloud Reseller"]


def test_customers_of_partner_centers_export_are_new(cast):
    run = checked(cast, CUSTOMERS, csv_file(*customers(NEW, [TENANT.format(2), "Nori Tea", "nori.example", ""])))
    assert counts(run) == (2, 0, 0, 0)
    assert Customer.objects.filter(partner=cast.partner).count() == 2
    confirmed(run)
    assert run.status == ImportStatus.DONE
    made = Customer.objects.get(tenant_id=uuid.UUID(TENANT.format(1)))
    assert (made.partner, made.name, made.domain, made.tenant_prefix) == (
        cast.partner, "Harbour Books", "harbourbooks.onmicrosoft.com", "harbourbooks",
    )  # fmt: skip
    assert LogEntry.objects.get(object_id=str(made.pk)).user == cast.max


def test_the_same_file_twice_changes_nothing(cast):
    confirmed(checked(cast, CUSTOMERS, csv_file(*customers(NEW))))
    again = checked(cast, CUSTOMERS, csv_file(*customers(NEW)))
    assert counts(again) == (0, 0, 1, 0)
    with pytest.raises(runs.NotPossible):
        runs.confirm(again, digest=again.digest, only_right=False, actor=cast.max)


def test_customer_entered_by_hand_gets_its_microsoft_id(cast):
    cast.customer.domain = "victoria.example"
    cast.customer.save()
    run = checked(
        cast, CUSTOMERS, csv_file(*customers([TENANT.format(3), "Victoria Dental Ltd", "Victoria.example", ""]))
    )
    assert counts(run) == (0, 1, 0, 0)
    assert ImportLine.objects.get(run=run).changes == [
        ["name", "Victoria Dental", "Victoria Dental Ltd"],
        ["tenant_id", None, TENANT.format(3)],
    ]
    confirmed(run)
    cast.customer.refresh_from_db()
    assert (cast.customer.name, str(cast.customer.tenant_id)) == ("Victoria Dental Ltd", TENANT.format(3))


def test_another_tenant_closes_the_door_for_the_one_before(cast):
    Customer.objects.filter(pk=cast.customer.pk).update(tenant_may_join=True)
    confirmed(checked(cast, CUSTOMERS, csv_file(*customers([TENANT.format(3), "Victoria Dental", "", ""]))))
    cast.customer.refresh_from_db()
    assert (str(cast.customer.tenant_id), cast.customer.tenant_may_join) == (TENANT.format(3), False)


def test_tenant_of_another_partners_customer_is_new_here_and_says_nothing_of_it(cast):
    """A company with two partners has two records: the other one is not to be seen, and not touched."""
    Customer.objects.filter(pk=cast.foreign_customer.pk).update(tenant_id=uuid.UUID(TENANT.format(1)))
    run = confirmed(checked(cast, CUSTOMERS, csv_file(*customers(NEW))))
    assert counts(run) == (1, 0, 0, 0)
    cast.foreign_customer.refresh_from_db()
    assert cast.foreign_customer.name == "Foreign Works"


def test_nothing_is_written_while_lines_are_wrong(cast):
    run = checked(cast, CUSTOMERS, csv_file(*customers(NEW, ["not an ID", "Wrong Ltd", "", ""])))
    assert (counts(run), problems(run)) == ((1, 0, 0, 1), {3: [("Microsoft ID", "no_id")]})
    with pytest.raises(runs.NotPossible):
        runs.confirm(run, digest=run.digest, only_right=False, actor=cast.max)
    assert not Customer.objects.filter(name="Harbour Books").exists()
    confirmed(run, only_right=True)
    assert run.status == ImportStatus.DONE
    assert sorted(Customer.objects.filter(partner=cast.partner).values_list("name", flat=True)) == [
        "Harbour Books", "Sibling Foods", "Victoria Dental",
    ]  # fmt: skip


def test_data_that_moved_since_the_preview_are_previewed_anew(cast):
    cast.customer.tenant_id = uuid.UUID(TENANT.format(1))
    cast.customer.save()
    run = checked(cast, CUSTOMERS, csv_file(*customers(NEW, [TENANT.format(2), "Nori Tea", "", ""])))
    assert counts(run) == (1, 1, 0, 0)
    Customer.objects.filter(pk=cast.customer.pk).update(name="Named by a colleague")
    shown = run.digest
    confirmed(run)
    assert (run.status, run.problem, run.digest != shown) == (ImportStatus.CHECKED, {"code": "moved"}, True)
    assert not Customer.objects.filter(name="Nori Tea").exists()
    assert ImportLine.objects.get(run=run, number=2).changes[0] == ["name", "Named by a colleague", "Harbour Books"]
    confirmed(run)
    cast.customer.refresh_from_db()
    assert (run.status, cast.customer.name) == (ImportStatus.DONE, "Harbour Books")


def test_preview_that_is_not_the_one_shown_is_not_confirmed(cast):
    run = checked(cast, CUSTOMERS, csv_file(*customers(NEW)))
    with pytest.raises(runs.NotPossible):
        runs.confirm(run, digest="0" * 64, only_right=False, actor=cast.max)


def test_jobs_that_run_twice_write_once(cast):
    run = confirmed(checked(cast, CUSTOMERS, csv_file(*customers(NEW))))
    runs.write(run.pk, cast.max.pk)
    runs.check(run.pk, cast.max.pk)
    run.refresh_from_db()
    assert (run.status, Customer.objects.filter(name="Harbour Books").count()) == (ImportStatus.DONE, 1)


# --- Subscriptions ---

HEADINGS = [
    "Customer tenant ID", "Subscription ID", "Offer name", "Quantity", "Status", "Term", "Billing frequency", "Auto renew",
    "Start date", "Commitment end date",
]  # fmt: skip


@pytest.fixture
def product(cast):
    cast.customer.tenant_id = uuid.UUID(TENANT.format(1))
    cast.customer.save()
    return factories.product("Power BI Pro")


def line(**fields):
    given = {
        "Customer tenant ID": TENANT.format(1), "Subscription ID": "sub-1", "Offer name": "Power BI Pro", "Quantity": "25",
        "Status": "Active", "Term": "1 year", "Billing frequency": "Monthly", "Auto renew": "Yes",
        "Start date": "2026-11-01", "Commitment end date": "2027-10-31",
    } | fields  # fmt: skip
    return [given[heading] for heading in HEADINGS]


def test_subscriptions_are_new_and_their_window_is_computed(cast, product):
    run = confirmed(checked(cast, SUBSCRIPTIONS, csv_file(HEADINGS, line())))
    assert counts(run) == (1, 0, 0, 0)
    made = Subscription.objects.get(external_id="sub-1")
    assert (made.customer, made.partner, made.product, made.quantity, made.term_duration, made.billing_cycle) == (
        cast.customer, cast.partner, product, 25, "P1Y", "monthly",
    )  # fmt: skip
    assert made.cancellation_allowed_until == datetime.datetime(2026, 11, 8, tzinfo=datetime.UTC)
    assert made.cancellation_date_is_estimate is True
    assert counts(checked(cast, SUBSCRIPTIONS, csv_file(HEADINGS, line()))) == (0, 0, 1, 0)


def test_renewal_clears_what_was_meant_for_the_term_before_and_moves_deadlines(cast, product):
    held = factories.subscription(
        cast.customer, product, external_id="sub-1", effective_start_date=datetime.date(2025, 11, 1),
        commitment_end_date=timezone.now().date(), scheduled_quantity=5, friendly_name="Ours",
        arranged_at_end_of_term="renew_changed", reminded_days_before=7,
    )  # fmt: skip
    asked = factories.cancellation(held, cast.bob, when="end_of_term")
    before = asked.deadline
    run = confirmed(checked(cast, SUBSCRIPTIONS, csv_file(HEADINGS, line(**{"Start date": "2025-11-01"}))))
    assert (counts(run), run.status) == ((0, 1, 0, 0), "done")
    held.refresh_from_db(), asked.refresh_from_db()
    assert (held.scheduled_quantity, held.arranged_at_end_of_term, held.reminded_days_before) == (None, "", None)
    assert held.friendly_name == "Ours"
    assert asked.deadline > before


def test_subscription_of_a_stranger_is_not_to_be_found(cast, product):
    factories.subscription(cast.foreign_customer, product, external_id="theirs")
    Customer.objects.filter(pk=cast.foreign_customer.pk).update(tenant_id=uuid.UUID(TENANT.format(9)))
    run = checked(
        cast, SUBSCRIPTIONS,
        csv_file(HEADINGS, line(**{"Customer tenant ID": TENANT.format(9), "Subscription ID": "theirs"}), line()),
    )  # fmt: skip
    assert problems(run) == {2: [("Customer tenant ID", "no_customer")]}


def test_subscription_at_another_customer_is_refused(cast, product):
    factories.subscription(cast.sibling, product, external_id="sub-1")
    assert problems(checked(cast, SUBSCRIPTIONS, csv_file(HEADINGS, line()))) == {
        2: [("Subscription ID", "other_customer")]
    }


def test_lines_that_cannot_be_are_told_by_line_and_column(cast, product):
    run = checked(
        cast,
        SUBSCRIPTIONS,
        csv_file(
            HEADINGS,
            line(Quantity="many"),
            line(Quantity="0", Status="Fine"),
            line(**{"Offer name": "Nothing of Microsoft's"}),
            line(**{"Commitment end date": "2025-01-01", "Subscription ID": "sub-0"}),
            line(**{"Commitment end date": "2026-02-30"}),
            line(**{"Start date": "2206-11-01"}),
            line(**{"Subscription ID": ""}),
            line(**{"Customer tenant ID": TENANT.format(7)}),
            line(),
            line(),
        ),
    )
    assert problems(run) == {
        2: [("Quantity", "no_number")],
        3: [("Quantity", "no_seats"), ("Status", "no_choice")],
        4: [("Offer name", "no_product")],
        5: [("", "refused")],
        6: [("Commitment end date", "no_date")],
        7: [("Start date", "far_date")],
        8: [("Subscription ID", "needs_id")],
        9: [("Customer tenant ID", "no_customer")],
        11: [("", "same_line")],
    }
    assert counts(run) == (1, 0, 0, 9)


# --- Offers ---

PRICES = ["ProductTitle", "ProductId", "SkuId", "SkuTitle", "TermDuration", "BillingPlan", "Market", "Currency", "UnitPrice",
          "EffectiveStartDate", "EffectiveEndDate", "ERP Price", "Segment"]  # fmt: skip


def test_price_list_brings_retail_prices_not_the_partners_own(cast):
    product = factories.product("Power BI Pro", catalog_item_id="CFQ7TTC0L3PB:0001")
    old = factories.offer(cast.partner, product, unit_price="9.00", currency="USD")
    prices = [
        ["Power BI Pro", "CFQ7TTC0L3PB", "0001", "Power BI Pro", "P1Y", "Monthly", "US", "USD", "11.2", "", "", "14", "Commercial"],
        ["Power BI Pro", "CFQ7TTC0L3PB", "0001", "Power BI Pro", "P1Y", "Annual", "US", "USD", "134.4", "", "", "168.0", ""],
        ["Other", "CFQ7TTC0XXXX", "0001", "Other", "P1Y", "Annual", "US", "USD", "1", "", "", "2", "Commercial"],
    ]  # fmt: skip
    run = checked(cast, OFFERS, csv_file(PRICES, *prices))
    assert (counts(run), problems(run)) == ((1, 1, 0, 1), {4: [("ProductId", "no_product")]})
    confirmed(run, only_right=True)
    old.refresh_from_db()
    assert old.unit_price == Decimal("14.00")
    assert Offer.objects.get(partner=cast.partner, billing_cycle="annual").unit_price == Decimal("168.00")

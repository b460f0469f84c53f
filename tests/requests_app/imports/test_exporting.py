"""What leaves can come back: unchanged, it changes nothing."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Customer
from requests_app.models import ImportKind, Offer, Subscription
from tests import factories
from tests.requests_app.imports import CUSTOMERS, OFFERS, SUBSCRIPTIONS, TENANT, checked, confirmed, counts, problems

NOW = timezone.now()


def exported(client, kind, file_format):
    answer = client.get(f"/admin/requests_app/importrun/export/{kind}/?format={file_format}")
    content = b"".join(answer.streaming_content)
    return SimpleUploadedFile(f"export.{file_format}", content)


@pytest.fixture
def everything(cast):
    """Rows with everything that is awkward in a file: quotes, commas, starts of formulas, no IDs, fractions of seconds."""
    Customer.objects.filter(pk=cast.customer.pk).update(
        tenant_id=uuid.UUID(TENANT.format(1)), name='=HYPERLINK("x";1), "Ltd"'
    )
    factories.customer(cast.partner, "Twin"), factories.customer(cast.partner, "Twin")
    factories.customer(cast.partner, "'-apostrophe", domain="x.example", tenant_prefix="pre")
    product, other = factories.product("Power BI Pro"), factories.product("Power BI Pro")
    factories.subscription(cast.customer, product, external_id="sub-1", friendly_name="@SUM(A1)", order_id="-5")
    factories.subscription(
        cast.sibling, other, external_id="", cancellation_allowed_until=None, commitment_end_date=None
    )
    factories.subscription(
        cast.sibling, product, external_id="sub-1", auto_renew_enabled=False, status="suspended", ends_on=NOW.date(),
        arranged_at_end_of_term="cancel", cancellation_date_is_estimate=True,
    )  # fmt: skip
    factories.subscription(
        cast.sibling, product, external_id="sub-3", cancellation_allowed_until=None, cancellation_date_is_estimate=True
    )
    factories.subscription(cast.foreign_customer, product, external_id="theirs")
    factories.offer(cast.partner, product)
    factories.offer(cast.partner, other, unit_price="0.00", is_active=False, currency="USD", billing_cycle="none")
    factories.offer(cast.other_partner, product)
    return cast


@pytest.mark.parametrize("language", ["en", "zh-hant"])
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ImportKind.values)
def test_export_comes_back_unchanged(everything, client, kind, file_format, language):
    client.force_login(everything.max)
    everything.max.language = language
    everything.max.save()
    rows = {"customers": 5, "subscriptions": 4, "offers": 2}[kind]
    run = checked(everything, kind, exported(client, kind, file_format))
    assert (run.problem, problems(run), counts(run)) == ({}, {}, (0, 0, rows, 0))


@pytest.mark.parametrize("kind", ImportKind.values)
def test_no_cell_starts_a_formula_and_no_stranger_is_in_it(everything, client, kind):
    client.force_login(everything.max)
    text = exported(client, kind, "csv").read().decode("utf-8-sig")
    assert "theirs" not in text
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")] == []


@pytest.mark.parametrize("who", ["dana", "sam", "alice"])
def test_export_is_for_those_who_may_edit(everything, client, who):
    client.force_login(getattr(everything, who))
    answer = client.get("/admin/requests_app/importrun/export/customers/")
    assert answer.status_code in (302, 403)


texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=40)
words = texts.map(str.strip).filter(lambda one: one and "://" not in one and "www." not in one.lower())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(words, min_size=1, max_size=4, unique_by=str.casefold), file_format=st.sampled_from(["csv", "xlsx"])
)
def test_whatever_names_there_are_come_back_unchanged(cast, client, names, file_format):
    with transaction.atomic():
        for name in names:
            Customer(partner=cast.partner, name=name).save()
        client.force_login(cast.max)
        file = exported(client, CUSTOMERS, file_format)
        run = checked(cast, CUSTOMERS, file)
        assert (run.changed, run.new) == (0, 0), [one.changes for one in run.preview.all()]
        transaction.set_rollback(True)  # the next example begins with the customers there were


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    held=st.lists(
        st.tuples(
            st.integers(1, 1_000_000), st.sampled_from(["P1M", "P1Y", "P3Y"]), st.sampled_from(["monthly", "annual", "none"]),
            st.sampled_from(["active", "pending", "suspended", "expired", "disabled", "deleted"]), st.booleans(),
            st.dates(datetime.date(2000, 1, 1), datetime.date(2100, 12, 31)), words,
        ),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_whatever_subscriptions_there_are_come_back_unchanged(cast, client, held):
    product = factories.product("Power BI Pro")
    for number, (seats, term, billing, status, renews, start, name) in enumerate(held):
        factories.subscription(
            cast.customer, product, quantity=seats, term_duration=term, billing_cycle=billing, status=status,
            auto_renew_enabled=renews, effective_start_date=start, commitment_end_date=start, friendly_name=name,
            external_id=f"{name}-{number}"[:100], cancellation_allowed_until=None,
        )  # fmt: skip
    client.force_login(cast.max)
    run = checked(cast, SUBSCRIPTIONS, exported(client, SUBSCRIPTIONS, "csv"))
    assert (problems(run), counts(run)) == ({}, (0, 0, len(held), 0))
    Subscription.objects.all().delete()


def test_price_that_was_changed_in_the_file_is_the_only_change(everything, client):
    client.force_login(everything.max)
    file = exported(client, OFFERS, "csv")
    text = file.read().decode("utf-8-sig").replace("310.00", "320.50")
    with translation.override("en"):
        run = confirmed(checked(everything, OFFERS, SimpleUploadedFile("prices.csv", text.encode())))
    assert counts(run) == (0, 1, 1, 0)
    assert Offer.objects.get(partner=everything.partner, currency="TWD").unit_price == Decimal("320.50")

"""What help has answered: seen by those whose answers they are, counted by staff."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portal.lib.acting import acting_as
from portal.models import HelpAnswer, SupportResource
from tests import factories
from tests.second_wall.sql import fetch
from tests.second_wall.test_reading import SEES


@pytest.fixture
def answers(rows):
    """One answer of the same resource at each of the three customers."""
    resource = SupportResource.objects.create(key="x", title={"en": "X"})
    for customer, reader in (
        (rows.customer, rows.alice), (rows.sibling, rows.charlie), (rows.foreign_customer, rows.frank),
    ):  # fmt: skip
        HelpAnswer.objects.create(
            resource=resource,
            kind="purchase",
            customer=customer,
            partner=customer.partner,
            user=reader,
            created_at=timezone.now(),
        )
    return resource


@pytest.mark.parametrize("name", SEES)
def test_person_sees_the_answers_of_their_customers(rows, answers, name):
    """Staff see none of them, and yet how many there are; nobody else can ask the database for that."""
    of = dict(fetch("SELECT id, name FROM accounts_customer"))
    person = getattr(rows, name)
    assert {one.customer.name for one in HelpAnswer.objects.visible_to(person)} == SEES[name]
    with acting_as(person.pk):
        assert {of[pk] for (pk,) in fetch("SELECT customer_id FROM portal_helpanswer")} == SEES[name]
        counted = fetch("SELECT portal_help_answers(%s, now() - interval '1 day')", answers.pk)
    assert counted == [(3 if name in ("sam", "root") else 0,)]


def test_resource_that_has_answered_cannot_be_deleted_by_who_does_not_see_it(rows, answers):
    with acting_as(rows.sam.pk), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("DELETE FROM portal_supportresource")
    assert SupportResource.objects.count() == 1


@pytest.mark.parametrize("mixed", ["partner", "subscription"])
def test_answer_cannot_mix_tenants(rows, mixed):
    partner = rows.other_partner if mixed == "partner" else rows.partner
    subscription = factories.subscription(rows.sibling if mixed == "subscription" else rows.customer)
    with pytest.raises(IntegrityError, match="portal_answer_of"), transaction.atomic():
        HelpAnswer.objects.create(
            kind="purchase",
            customer=rows.customer,
            partner=partner,
            user=rows.alice,
            subscription=subscription,
            created_at=timezone.now(),
        )

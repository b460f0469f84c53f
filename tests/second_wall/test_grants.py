"""Who belongs, and who may do what, is written by those in charge: in the database, too."""

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from accounts import invitations
from accounts.models import Customer, CustomerMembership, Invitation, Partner, PartnerMembership, User
from portal.lib.acting import acting_as

GRANTS = {
    "a viewer who makes herself an admin": ("carol", "UPDATE accounts_customermembership SET role = 'admin' WHERE user_id = {carol}"),
    "a requester who removes the admin": ("bob", "DELETE FROM accounts_customermembership WHERE user_id = {alice}"),
    "an agent who makes himself a manager": ("dana", "UPDATE accounts_partnermembership SET role = 'manager' WHERE user_id = {dana}"),
    "an agent who makes a customer's viewer an admin": ("dana", "UPDATE accounts_customermembership SET role = 'admin' WHERE user_id = {carol}"),
    "an agent who renames a customer": ("dana", "UPDATE accounts_customer SET name = 'X'"),
    "a viewer who lets the tenant join": ("carol", "UPDATE accounts_customer SET tenant_may_join = true"),
    "an agent who changes the partner": ("dana", "UPDATE accounts_partner SET name = 'X'"),
    "a viewer who accepts for somebody": ("carol", "UPDATE accounts_invitation SET role = 'admin'"),
    "a manager who looks after the site": ("max", "UPDATE accounts_user SET is_superuser = true WHERE id = {max}"),
    "staff who make themselves superuser": ("sam", "UPDATE accounts_user SET is_superuser = true WHERE id = {sam}"),
    "staff who make somebody staff": ("sam", "UPDATE accounts_user SET is_staff = true WHERE id = {alice}"),
    "staff who lock a superuser out": ("sam", "UPDATE accounts_user SET is_active = false WHERE id = {root}"),
    "staff who set somebody's password": ("sam", "UPDATE accounts_user SET password = 'x' WHERE id = {alice}"),
    "staff who take over an address": ("sam", "UPDATE accounts_user SET email = 'x@example.com' WHERE id = {alice}"),
    "a superuser who sets a password": ("root", "UPDATE accounts_user SET password = 'x' WHERE id = {alice}"),
    "a manager who moves a membership": ("max", "UPDATE accounts_customermembership SET user_id = {bob} WHERE user_id = {charlie}"),
    "an admin who adds somebody without asking them": ("alice", "INSERT INTO accounts_customermembership (user_id, customer_id, role) SELECT {frank}, customer_id, 'admin' FROM accounts_customermembership WHERE user_id = {alice}"),
    "a manager who gives himself a right of Django's": ("max", "INSERT INTO accounts_user_groups (user_id, group_id) VALUES ({max}, 1)"),
    "a person who lets herself in again": ("alice", "UPDATE accounts_user SET is_active = false WHERE id = {alice}"),
}  # fmt: skip


@pytest.mark.parametrize("what", GRANTS)
def test_nobody_grants_what_is_not_theirs_to_grant(rows, what):
    invitations.invite(rows.customer, email="waits@example.com", role="viewer", actor=rows.alice)
    name, statement = GRANTS[what]
    tables = [User, CustomerMembership, PartnerMembership, Customer, Partner, Invitation]
    before = [list(model.objects.order_by("pk").values()) for model in tables]
    with acting_as(getattr(rows, name).pk), transaction.atomic():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement.format(**{one: person.pk for one, person in rows.everybody().items()}))
        except ProgrammingError as error:
            refused = str(error)
        else:
            refused = "no such row"
    assert [list(model.objects.order_by("pk").values()) for model in tables] == before, refused


ALLOWED = {
    "an admin who promotes a colleague": ("alice", "UPDATE accounts_customermembership SET role = 'admin' WHERE user_id = {bob}"),
    "a manager who removes an agent": ("max", "DELETE FROM accounts_partnermembership WHERE user_id = {dana}"),
    "staff who lock somebody out": ("sam", "UPDATE accounts_user SET is_active = false WHERE id = {alice}"),
    "a superuser who makes somebody staff": ("root", "UPDATE accounts_user SET is_staff = true WHERE id = {sam}"),
    "a person who changes her own password": ("alice", "UPDATE accounts_user SET password = 'x' WHERE id = {alice}"),
}  # fmt: skip


@pytest.mark.parametrize("what", ALLOWED)
def test_those_in_charge_grant_what_is_theirs(rows, what):
    name, statement = ALLOWED[what]
    with acting_as(getattr(rows, name).pk), connection.cursor() as cursor:
        cursor.execute(statement.format(**{one: person.pk for one, person in rows.everybody().items()}))
        assert cursor.rowcount == 1

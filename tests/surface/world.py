"""One world of data: rows of every model in every tenant, with a canary in every text field of each.

A canary is a short unique string, registered with its owner and its column: found where it has no business, it says
by itself whose text has leaked from where. Keys of rows are canaries too, far away from every other number on a page.
"""

import datetime
import json
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection, models
from django.utils import timezone

from accounts.models import Customer, CustomerMembership, Partner, PartnerMembership, User
from requests_app.models import Action, Kind, Status
from tests.factories import PASSWORD
from tests.passkeys import SoftPasskey
from tests.surface.classes import (
    CUSTOMERS_OF,
    EVERYBODY,
    MACHINERY,
    PARTNER_LEVEL,
    PEOPLE,
    PERSONAL,
    SEES,
    SHARED,
    TENANT_OWNED,
    WITHOUT_CANARY,
)

CREDENTIAL = json.loads(SoftPasskey().register({"publicKey": {"user": {"id": "b25l"}, "challenge": "b25l"}}))
FIRST_KEY = 700_000_000
NOT_THERE = 799_999_999
UUIDS = "c0ffee00-0000-4000-8000-000"
CANARY = re.compile(rf"zq\d{{4}}q|{UUIDS}\d{{9}}|(?<!\d)7\d{{8}}(?!\d)", re.IGNORECASE)
MOVED = {"check_result": "moved", "checked_at": datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)}
"""What a check may have found of an address: where it leads is a text of its owner's."""
TEXT = (models.CharField, models.TextField, models.JSONField)


@dataclass(frozen=True)
class Canary:
    """Whose it is, and in which column of which row it sits."""

    owner: str
    model: str
    column: str

    def seen_by(self, role: str) -> bool:
        sees = SEES[role]
        return bool({self.owner, f"{self.owner}/{self.model}", f"{self.owner}/{self.model}.{self.column}"} & sees)

    def __str__(self) -> str:
        return f"{self.model}.{self.column} of {self.owner}"


@dataclass
class World:
    """The rows by what they are and whose, and the register of canaries."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    canaries: dict[str, Canary] = field(default_factory=dict)
    _keys: Iterator[int] = field(default_factory=lambda: count(FIRST_KEY))
    _texts: Iterator[int] = field(default_factory=lambda: count(1))

    def canary(self, owner: str, model: type[models.Model], column: str) -> str:
        text = f"zq{next(self._texts):04}q"
        self.canaries[text] = Canary(owner, model.__name__, column)
        return text

    def find(self, text: str) -> set[Canary]:
        """Return the canaries in a text, in whatever case it has them."""
        found = (self.canaries.get(one.lower()) for one in CANARY.findall(text))
        return {one for one in found if one is not None}

    def leaks(self, text: str, role: str) -> list[str]:
        """Return what stands in a text that ``role`` has no business with."""
        return sorted(str(one) for one in self.find(text) if not one.seen_by(role))

    def person(self, name: str) -> User:
        return self.rows["user"][name]

    def row(self, kind: str, place: str) -> Any:
        """Return the row of a kind (``subscription``, ``subscriptionrequest.approved``) at a customer or its partner.

        Of what belongs to people, it is a person's of the place; of what is everybody's, there is one.
        """
        of_kind = self.rows[kind]
        partner = next(one for one, customers in CUSTOMERS_OF.items() if place in customers)
        person = PEOPLE[place][-1]
        return next(of_kind[owner] for owner in (place, partner, person, "site") if owner in of_kind)

    def make(self, model: type[models.Model], owner: str, kind: str = "", /, **given: Any) -> Any:
        """Write one row of ``owner``'s: every field that is not ``given`` is its canary, its choice or its default."""
        key = next(self._keys)
        values: dict[str, Any] = {model._meta.pk.name: key}
        self.canaries[str(key)] = Canary(owner, model.__name__, "key")
        for column in model._meta.concrete_fields:
            if column.primary_key or column.name in given or f"{model.__name__}.{column.name}" in WITHOUT_CANARY:
                continue
            if (planted := self._planted(owner, model, column)) is not None:
                values[column.name] = planted
        row = model(**values | given)
        row.full_clean()
        row.save(force_insert=True)
        self.rows.setdefault(kind or str(model._meta.model_name), {})[owner] = row
        return row

    def _planted(self, owner: str, model: type[models.Model], column: Any) -> Any:
        text = self.canary(owner, model, column.name)
        if column.choices:
            return None if column.has_default() or column.blank else column.choices[0][0]
        if isinstance(column, models.UUIDField):
            text = f"{UUIDS}{next(self._texts):09}"
            self.canaries[text] = Canary(owner, model.__name__, column.name)
            return uuid.UUID(text)
        if isinstance(column, models.EmailField):
            return f"{text}@example.com"
        if isinstance(column, models.URLField):
            return f"https://{text}.example/"
        if isinstance(column, models.JSONField):
            return dict.fromkeys((code for code, _name in settings.LANGUAGES), text)
        if isinstance(column, models.CharField) and column.name == "address":
            return f"https://{text}.example/"
        if column.name == "domain":
            return f"{text}.example"
        if column.name == "password":
            return make_password(PASSWORD, salt=text.ljust(22, "0"), hasher="md5")  # long enough to be kept
        return text if isinstance(column, TEXT) else None


# --- The rows ------------------------------------------------------------------------------------------------------


def build() -> World:
    """Write the whole world and return it."""
    world = World()
    ContentType.objects.clear_cache()
    for name in EVERYBODY:
        _person(world, name)
    product = world.make(apps.get_model("requests_app.Product"), "site", category="data", clouds=["commercial"])
    link = world.make(apps.get_model("portal.SelfServiceLink"), "site", category="configure")
    world.make(apps.get_model("portal.ContentAddress"), "site", link=link, **MOVED)
    rule = {"product_type": "license_based", "in_force_from": datetime.date(2030, 1, 1), "window_hours": 168}
    world.make(apps.get_model("requests_app.CancellationPolicy"), "site", **rule)
    world.make(apps.get_model("portal.SupportResource"), "site")
    world.make(apps.get_model("portal.SupportResource"), "site", "supportresource.answered")
    announcement = world.make(
        apps.get_model("portal.Announcement"), "site", level="urgent", publish_from=timezone.now()
    )
    for name in EVERYBODY:
        world.make(
            apps.get_model("portal.AnnouncementRead"), name, announcement=announcement, user=world.person(name),
            read_at=timezone.now(),
        )  # fmt: skip
    for partner, customers in CUSTOMERS_OF.items():
        _partner(world, partner, product)
        for customer in customers:
            _customer(world, customer, partner, product)
    _runs(world)
    _histories(world)
    return world


def _person(world: World, name: str) -> None:
    address, confirmation = apps.get_model("account.EmailAddress"), apps.get_model("account.EmailConfirmation")
    person = world.make(User, name, is_staff=name in PEOPLE["site"], is_superuser=name == "root", time_zone="UTC")
    own = world.make(address, name, user=person, email=person.email, verified=True, primary=True)
    world.make(confirmation, name, email_address=own, sent=timezone.now())
    mail = world.make(apps.get_model("accounts.OutgoingMail"), name, recipient=person.email, failed_at=timezone.now())
    world.rows.setdefault("delivery", {})[name] = apps.get_model("accounts.Delivery").objects.get(pk=mail.pk)
    authenticator = apps.get_model("mfa.Authenticator")
    named = {"name": world.canary(name, authenticator, "name"), "credential": CREDENTIAL}
    world.make(authenticator, name, user=person, type="webauthn", data=named, last_used_at=timezone.now())
    world.make(apps.get_model("usersessions.UserSession"), name, user=person, ip="192.0.2.1")
    world.make(apps.get_model("socialaccount.SocialAccount"), name, user=person, provider="microsoft-global")


def _partner(world: World, owner: str, product: Any) -> None:
    partner = world.make(Partner, owner)
    world.make(apps.get_model("accounts.PartnerHoliday"), owner, partner=partner, date=datetime.date(2030, 1, 1))
    manager, agent = sorted(PEOPLE[owner], key=("max", "erin", "dana", "ed").index)
    link = world.make(apps.get_model("portal.SelfServiceLink"), owner, category="configure", partner=partner)
    world.make(apps.get_model("portal.ContentAddress"), owner, link=link, **MOVED)
    picture = apps.get_model("portal.Picture")
    made = {"partner": partner, "content_type": "image/png", "width": 1, "height": 1, "added_at": timezone.now()}
    world.make(picture, owner, content=world.canary(owner, picture, "content").encode(), size=7, **made)
    shown = world.make(picture, owner, "picture.shown", content=b"", size=0, **made)
    article = apps.get_model("portal.SupportResource")
    body = f"{world.canary(owner, article, 'body')} ![](image:{shown.key})"
    resource = world.make(article, owner, partner=partner, body={code: body for code, _name in settings.LANGUAGES})
    world.make(apps.get_model("portal.ContentAddress"), owner, "contentaddress.resource", resource=resource, **MOVED)
    said = {"partner": partner, "level": "urgent", "publish_from": timezone.now()}
    world.make(apps.get_model("portal.Announcement"), owner, **said)
    role = PartnerMembership.Role
    world.make(PartnerMembership, owner, "manager", user=world.person(manager), partner=partner, role=role.MANAGER)
    world.make(PartnerMembership, owner, user=world.person(agent), partner=partner, role=role.AGENT)
    _invitation(world, owner, "invitation", partner=partner, role=role.MANAGER)
    _import(world, owner, partner, world.person(manager))
    world.make(
        apps.get_model("requests_app.Offer"), owner, partner=partner, product=product, unit_price=Decimal("310.00")
    )


def _import(world: World, owner: str, partner: Partner, manager: User) -> None:
    """Write an import that waits to be confirmed, its file and its one line, and what its columns mean."""
    run, line, mapping = (apps.get_model(f"requests_app.Import{one}") for one in ("Run", "Line", "Mapping"))
    heading, now = world.canary(owner, run, "headings"), timezone.now()
    made = world.make(
        run, owner, partner=partner, started_by=manager, created_at=now, checked_at=now, status="checked", new=1,
        digest="0123456789abcdef" * 4,
        file_name=f"{world.canary(owner, run, 'file_name')}.csv", headings=[heading], columns={"name": 0},
        samples=[[world.canary(owner, run, "samples")]],
        how={"encoding": "utf-8", "delimiter": ",", "sheets": [world.canary(owner, run, "how")]},
        problem={"code": "no_date", "value": world.canary(owner, run, "problem")},
    )  # fmt: skip
    world.make(
        line, owner, run=made, partner=partner, number=2, state="new",
        changes=[["name", None, world.canary(owner, line, "changes")]],
        problems=[{"code": "no_date", "value": world.canary(owner, line, "problems")}],
    )  # fmt: skip
    meant = {"name": [world.canary(owner, mapping, "columns"), 0]}
    world.make(mapping, owner, partner=partner, columns=meant, changed_at=now)
    storages["attachments"].save(made.path, ContentFile(f"{heading}\nSomebody\n".encode()))


def _customer(world: World, owner: str, partner_name: str, product: Any) -> None:
    partner = world.rows["partner"][partner_name]
    customer = world.make(Customer, owner, partner=partner)
    role = CustomerMembership.Role
    roles = (role.ADMIN, role.REQUESTER, role.VIEWER) if len(PEOPLE[owner]) == 3 else (role.ADMIN, role.VIEWER)
    for person, its in zip(PEOPLE[owner], roles, strict=True):
        world.make(CustomerMembership, owner, user=world.person(person), customer=customer, role=its)
    _invitation(world, owner, "invitation.customer", partner=partner, customer=customer, role=role.VIEWER)
    subscription = _subscription(world, owner, customer, product, "subscription")
    world.make(
        apps.get_model("portal.HelpAnswer"), owner, resource=world.row("supportresource.answered", owner), customer=customer,
        partner=partner, user=world.person(PEOPLE[owner][0]), subscription=subscription, created_at=timezone.now(),
    )  # fmt: skip
    world.make(
        apps.get_model("portal.ContentOpening"), owner, link=world.row("selfservicelink", owner), customer=customer,
        partner=partner, user=world.person(PEOPLE[owner][-1]), day=timezone.now().date(), opened_at=timezone.now(),
    )  # fmt: skip
    agent = world.rows["partnermembership"][partner_name].user
    world.make(
        apps.get_model("portal.ArticleVerdict"), owner, resource=world.row("supportresource.answered", owner), customer=customer,
        partner=partner, user=world.person(PEOPLE[owner][0]), helped=True, said_at=timezone.now(),
    )  # fmt: skip
    for status in Status:
        for kind in (Kind.CANCELLATION, Kind.PURCHASE):
            _request(world, owner, customer, product, kind, status, agent)
    for kind in (Kind.MORE_SEATS, Kind.FEWER_SEATS, Kind.END_OF_TERM):
        _request(world, owner, customer, product, kind, Status.SUBMITTED, agent)
    _conversation(world, owner, partner_name, agent)
    # The rows that tests ask for by the model's name alone: one that can be withdrawn and claimed.
    for name in ("subscriptionrequest", "requestevent"):
        world.rows.setdefault(name, {})[owner] = world.rows[f"{name}.submitted"][owner]
    world.rows.setdefault("requestline", {})[owner] = world.rows["requestline.submitted"][owner]


def _invitation(world: World, owner: str, kind: str, **given: Any) -> None:
    sent = timezone.now() - datetime.timedelta(hours=1)
    inviter = world.person(PEOPLE[owner][0])
    world.make(
        apps.get_model("accounts.Invitation"), owner, kind, invited_by=inviter, created_at=sent, last_sent_at=sent,
        expires_at=sent + datetime.timedelta(days=7), **given,
    )  # fmt: skip


def _subscription(world: World, owner: str, customer: Customer, product: Any, kind: str) -> Any:
    now = timezone.now()
    subscription = world.make(
        apps.get_model("requests_app.Subscription"),
        owner,
        kind,
        customer=customer,
        product=product,
        quantity=25,
        effective_start_date=now.date() - datetime.timedelta(days=3),
        commitment_end_date=now.date() + datetime.timedelta(days=30),
        cancellation_allowed_until=now + datetime.timedelta(days=4),
    )
    until = now + datetime.timedelta(days=2)
    batch = apps.get_model("requests_app.SeatBatch")
    world.make(
        batch,
        owner,
        f"batch.{kind}",
        subscription=subscription,
        quantity=5,
        added_at=now,
        cancellation_allowed_until=until,
    )
    world.rows.setdefault("seatbatch", {})[owner] = world.rows[f"batch.{kind}"][owner]
    return subscription


def _request(
    world: World, owner: str, customer: Customer, product: Any, kind: Kind, status: Status, agent: User
) -> None:
    now = timezone.now()
    closed = status in (Status.COMPLETED, Status.DECLINED, Status.WITHDRAWN)
    what: dict[str, Any] = {"subscription": None}
    if kind != Kind.PURCHASE:
        name = f"subscription.{status}" if kind == Kind.CANCELLATION else f"subscription.{kind}"
        what = {"subscription": _subscription(world, owner, customer, product, name)}
    if kind in (Kind.MORE_SEATS, Kind.FEWER_SEATS):
        what["seats"] = 2
    number = f"R-{next(world._keys)}"
    world.canaries[number[2:]] = Canary(owner, "SubscriptionRequest", "number")
    asked = world.make(
        apps.get_model("requests_app.SubscriptionRequest"),
        owner,
        f"subscriptionrequest.{status}" if kind == Kind.CANCELLATION else f"subscriptionrequest.{status}.{kind}",
        number=number,
        kind=kind,
        status=status,
        customer=customer,
        partner=customer.partner,
        author=world.person(PEOPLE[owner][0]),
        assignee=None if status in (Status.SUBMITTED, Status.WITHDRAWN) else agent,
        deadline=now + datetime.timedelta(days=4),
        submitted_at=now,
        closed_at=now if closed else None,
        cancel_when="now" if kind == Kind.CANCELLATION else "",
        at_end_of_term="renew" if kind == Kind.END_OF_TERM else "",
        renewal_term_duration="",
        renewal_billing_cycle="",
        **what,
    )
    offer = world.row("offer", owner)
    event = {"subscription_request": asked, "to_status": status, "created_at": now}
    world.make(
        apps.get_model("requests_app.RequestEvent"),
        owner,
        f"requestevent.{status}" if kind == Kind.CANCELLATION else f"requestevent.{status}.{kind}",
        action=Action.SUBMIT,
        actor=asked.author,
        assignee=asked.assignee,
        **event,
    )
    if kind == Kind.PURCHASE:
        world.make(
            apps.get_model("requests_app.RequestLine"), owner, f"requestline.{status}", subscription_request=asked,
            partner=customer.partner, offer=offer, quantity=3, unit_price=Decimal("310.00"), currency="TWD",
        )  # fmt: skip


def _conversation(world: World, owner: str, partner_name: str, agent: User) -> None:
    """Write a message with a file, and a note: what is internal belongs to the partner, whoever may see the request."""
    event, attachment = apps.get_model("requests_app.RequestEvent"), apps.get_model("requests_app.Attachment")
    asked = world.rows["subscriptionrequest.in_review"][owner]
    of_request = {"subscription_request": asked, "to_status": asked.status, "assignee": agent}
    now = timezone.now()
    said = world.make(
        event, owner, "requestevent.message", action=Action.MESSAGE, actor=asked.author, created_at=now, **of_request
    )
    noted = world.make(
        event, partner_name, "requestevent.note", action=Action.NOTE, actor=agent, is_internal=True, created_at=now,
        **of_request,
    )  # fmt: skip
    for its_owner, its_event, kind in ((owner, said, "attachment"), (partner_name, noted, "attachment.internal")):
        row = world.make(attachment, its_owner, kind, event=its_event, content_type="text/plain", size=6)
        storages["attachments"].save(row.path, ContentFile(world.canary(its_owner, attachment, "content").encode()))


def _runs(world: World) -> None:
    """Write a step with many requests of everybody's; asked for by a customer's name it is that of its partner's agent."""
    run, item = apps.get_model("requests_app.BulkRun"), apps.get_model("requests_app.BulkItem")
    for owner, people in PEOPLE.items():
        asked = world.rows["subscriptionrequest"][
            CUSTOMERS_OF.get(owner, (owner,))[0] if owner != "site" else "customer"
        ]
        for name in people:
            started = world.make(
                run, name, started_by=world.person(name), language="en", total=1, started_at=timezone.now()
            )
            world.make(item, name, run=started, subscription_request=asked, version=1, outcome="moved")
    for customer, agent in (("customer", "dana"), ("sibling", "max"), ("foreign", "erin")):
        world.rows["bulkrun"][customer] = world.rows["bulkrun"][agent]


def _histories(world: World) -> None:
    """Write a line of the admin's log about every row that the admin shows: by the partner's manager, else by staff."""
    log = apps.get_model("admin.LogEntry")
    kinds = {str(model._meta.model_name): model for model in admin.site._registry}
    for kind, owner, row in [(one, owner, row) for one in kinds for owner, row in world.rows[one].items()]:
        partner = next((one for one, its in CUSTOMERS_OF.items() if owner in (one, *its)), None)
        author = world.rows["manager"][partner].user if partner else world.person("sam")
        world.make(
            log, owner, f"logentry.{kind}", user=author, object_id=str(row.pk), action_flag=2, action_time=timezone.now(),
            content_type=ContentType.objects.get_for_model(kinds[kind]),
        )  # fmt: skip
        world.rows.setdefault("logentry", {})[owner] = world.rows[f"logentry.{kind}"][owner]


# --- What the tests of the world itself ask ------------------------------------------------------------------------


def owners_of(model: type[models.Model]) -> tuple[str, ...]:
    """Return who has to have rows of a model, by its class."""
    label = model._meta.label
    if label in PERSONAL:
        return EVERYBODY
    if label in SHARED:
        return ("site",)
    if label in TENANT_OWNED:
        customers = tuple(customer for many in CUSTOMERS_OF.values() for customer in many)
        return tuple(CUSTOMERS_OF) if model.__name__ in PARTNER_LEVEL else customers
    assert label in MACHINERY, f"{label} is in no class: say in tests/surface/classes.py whose its rows are."
    return ()


def text_columns(model: type[models.Model]) -> Iterable[str]:
    """Return the columns that have to hold canaries."""
    for column in model._meta.concrete_fields:
        if isinstance(column, TEXT) and not column.choices and f"{model.__name__}.{column.name}" not in WITHOUT_CANARY:
            yield column.name


# --- The database as it stands -------------------------------------------------------------------------------------

CHANGES_ON_ITS_OWN = {
    "accounts_affiliation": "kept by triggers; the application's role cannot even read it",
    "pghistory_context": "stays empty; the application's role cannot even read it",
    "django_session": "signing in, messages and forms that are put aside; never rows of a tenant",
    "portal_cache": "counts tries for the rate limits",
    "django_migrations": "written by migrate alone",
    "auth_permission": "written by migrate alone",
    "django_content_type": "written by migrate alone",
}


def tables() -> list[str]:
    """Return the tables whose rows a request may change only on purpose."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        return [name for (name,) in cursor.fetchall() if name not in CHANGES_ON_ITS_OWN]


def writes(to: list[str]) -> dict[str, int]:
    """Return how often each table was written to in this transaction, taken back or not: PostgreSQL counts that itself.

    Where the number stays, no row has come, gone or changed, whoever wrote: a trigger, a function or a cascade, too.
    """
    count = " + ".join(f"pg_stat_get_xact_tuples_{done}(one)" for done in ("inserted", "updated", "deleted"))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT one::text, {count} FROM unnest(%s::regclass[]) one", [to])
        return dict(cursor.fetchall())


def snapshot(of: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Return every row of the tables, as text: the one place where the tests look past the application.

    Two snapshots differ in exactly the rows that were written in between.
    """
    if not of:
        return frozenset()
    statement = " UNION ALL ".join(f"SELECT '{name}', one::text FROM \"{name}\" one" for name in of)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return frozenset(cursor.fetchall())


@contextmanager
def undone() -> Iterator[None]:
    """Take back everything that is written inside, whatever became of it."""
    point = connection.savepoint()
    try:
        yield
    finally:
        connection.savepoint_rollback(point)
        connection.savepoint_commit(point)  # else each request would begin inside all those before it
        connection.needs_rollback = False
        connection.run_on_commit = []

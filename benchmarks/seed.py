"""Rows as life leaves them: a partner's work in hand stays as large as ever, what it has closed grows for years.

Everything is decided by ``random.Random`` with a fixed seed: the same scale gives the same rows, but for the clock.
"""

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

PASSWORD = "as long as it is measured"  # noqa: S105
TEAM = 8
"""People at the first partner's desk: what is assigned there is spread over them."""
OPEN_OF_FIRST = {"submitted": 140, "in_review": 124, "waiting": 56, "approved": 48, "failed": 32}
OPEN_OF_OTHERS = {"submitted": 35, "in_review": 35, "waiting": 14, "approved": 10, "failed": 6}
SUBSCRIPTIONS_EACH, PRODUCTS, BATCH = 5, 20, 20_000
HISTORY = datetime.timedelta(days=3 * 365)
SHARE_OF_FIRST = 0.9
KINDS = {"more_seats": 30, "purchase": 25, "cancellation": 15, "fewer_seats": 15, "end_of_term": 15}
ENDINGS = {"completed": 85, "declined": 8, "withdrawn": 7}
ABOUT_THE_END = ("cancellation", "end_of_term")
FIRST_WORDS = [
    "Amber",
    "Birch",
    "Cedar",
    "Delta",
    "Ember",
    "Falcon",
    "Granite",
    "Harbour",
    "Iris",
    "Juniper",
    "Kestrel",
    "Lotus",
    "Maple",
    "North",
    "Opal",
    "Pine",
]
SECOND_WORDS = [
    "Dental",
    "Foods",
    "Freight",
    "Legal",
    "Media",
    "Motors",
    "Optics",
    "Paper",
    "Pharma",
    "Press",
    "Schools",
    "Steel",
    "Systems",
    "Textiles",
    "Tools",
]
NOTE = "Two colleagues join the sales team in the Taichung office next month, please have it ready by then. "


@dataclass(frozen=True)
class Shape:
    """How many of each there are at a scale. Primary keys are counted from 1; people of customers come before teams."""

    requests: int

    @property
    def partners(self) -> int:
        """2 at ten thousand requests, three times as many for each ten times as many requests."""
        return max(2, round(2 * (self.requests / 10_000) ** 0.4771))

    @property
    def customers(self) -> int:
        return max(self.requests // 50, 8 * self.partners)

    @property
    def customers_of_first(self) -> int:
        """The first partner's are the first of all."""
        return round(self.customers * SHARE_OF_FIRST)

    @property
    def open(self) -> int:
        return sum(OPEN_OF_FIRST.values()) + (self.partners - 1) * sum(OPEN_OF_OTHERS.values())

    def partner_of(self, customer: int) -> int:
        beyond = customer - self.customers_of_first
        return 1 if beyond <= 0 else 2 + (beyond - 1) % (self.partners - 1)

    def team_of(self, partner: int) -> range:
        """The people at a partner's desk, as primary keys."""
        first = self.customers + 1 + (partner - 1) * TEAM
        return range(first, first + TEAM)

    @property
    def superuser(self) -> int:
        return self.customers + self.partners * TEAM + 1

    def name_of(self, customer: int) -> str:
        first = FIRST_WORDS[customer % len(FIRST_WORDS)]
        return f"{first} {SECOND_WORDS[customer // 16 % len(SECOND_WORDS)]} {customer:06d}"

    def number_of(self, pk: int) -> str:
        """As ``next_request_number`` makes it of its sequence (requests_app.0001)."""
        return f"R-{pk * 387420489 % 1_000_000_000:09d}"


PEOPLE_AND_CATALOGUE = [
    """INSERT INTO accounts_partner (name, edition, contact_email, phone, hours, web_page, lead_time_days)
       SELECT 'Partner ' || p, 'commercial', 'hello@example.com', '', '', '', 0 FROM generate_series(1, %(partners)s) p""",
    """INSERT INTO accounts_user (password, is_superuser, email, name, language, last_language, time_zone, is_active,
                                  is_staff, date_joined)
       SELECT %(password)s, kind = 'plain', kind || n || '@example.com', initcap(kind) || ' ' || n, 'en', 'en', 'UTC', true,
              kind = 'plain', now()
       FROM (SELECT 1 AS at, 'customer' AS kind, generate_series(1, %(customers)s) AS n
             UNION ALL SELECT 2, 'agent', generate_series(1, %(agents)s)
             UNION ALL SELECT 3, 'plain', 1 ORDER BY 1, 3) people""",
    """INSERT INTO accounts_partnermembership (user_id, partner_id, role)
       SELECT %(customers)s + n, 1 + (n - 1) / %(team)s, CASE WHEN n %% %(team)s = 0 THEN 'manager' ELSE 'agent' END
       FROM generate_series(1, %(agents)s) n""",
    """INSERT INTO accounts_customermembership (user_id, customer_id, role)
       SELECT id, id, 'admin' FROM accounts_customer""",
    """INSERT INTO account_emailaddress (user_id, email, verified, "primary")
       SELECT id, email, true, true FROM accounts_user""",
    """INSERT INTO requests_app_product (name, description, catalog_item_id, category, product_type, services, clouds)
       SELECT jsonb_build_object('en', 'Microsoft 365 Plan ' || p, 'zh-hant', 'Microsoft 365 方案 ' || p), '{}', 'CFQ-' || p,
              'productivity', 'license_based', '{}', '{commercial}'
       FROM generate_series(1, %(products)s) p""",
    """INSERT INTO requests_app_offer (partner_id, product_id, term_duration, billing_cycle, unit_price, currency, is_active)
       SELECT p, o, 'P1Y', 'monthly', 310, 'TWD', true
       FROM generate_series(1, %(partners)s) p, generate_series(1, %(products)s) o ORDER BY p, o""",
    """INSERT INTO requests_app_subscription (customer_id, partner_id, product_id, friendly_name, quantity, term_duration,
         billing_cycle, status, auto_renew_enabled, effective_start_date, commitment_end_date, external_id, order_id)
       SELECT c.id, c.partner_id, 1 + (c.id + s) %% %(products)s, '', 25, 'P1Y', 'monthly', 'active', true,
              current_date - (c.id %% 300)::int, current_date + 364 - (c.id %% 300)::int,
              md5('subscription ' || (c.id - 1) * %(each)s + s)::uuid, ''
       FROM accounts_customer c, generate_series(1, %(each)s) s ORDER BY c.id, s""",
]

CUSTOMER_COLUMNS = "id partner_id name domain tenant_prefix cloud tenant_may_join"
REQUEST_COLUMNS = """id number kind customer_id partner_id author_id assignee_id subscription_id cancel_when seats
    at_end_of_term note status deadline deadline_reason decline_reason failure_reason external_reference submitted_at
    closed_at version"""
LINE_COLUMNS = "subscription_request_id partner_id offer_id quantity unit_price currency"
EVENT_COLUMNS = "subscription_request_id action from_status to_status actor_id assignee_id note created_at"

STEPS = {
    "submitted": (),
    "in_review": (("claim", "in_review"),),
    "waiting": (("claim", "in_review"), ("ask_customer", "waiting")),
    "approved": (("claim", "in_review"), ("approve", "approved")),
    "failed": (("claim", "in_review"), ("approve", "approved"), ("fail", "failed")),
    "completed": (("claim", "in_review"), ("approve", "approved"), ("complete", "completed")),
    "declined": (("claim", "in_review"), ("decline", "declined")),
    "withdrawn": (("withdraw", "withdrawn"),),
}
"""What was done with a request until it stood where it stands."""

type Row = tuple[Any, ...]


def rows(shape: Shape, now: datetime.datetime) -> Iterator[tuple[Row, list[Row], list[Row]]]:
    """Yield each request with its lines and its events, the oldest first; the last ones are those that are open."""
    dice = random.Random(20261122)  # noqa: S311 - data to measure with
    ending: set[int] = set()
    closed = shape.requests - shape.open
    kinds, kind_weights = [*KINDS], [*KINDS.values()]
    endings, ending_weights = [*ENDINGS], [*ENDINGS.values()]
    for pk in range(1, closed + 1):
        customer = some_customer(dice, shape)
        at = now - datetime.timedelta(days=4) - HISTORY * (1 - pk / closed)
        kind = dice.choices(kinds, kind_weights)[0]
        status = dice.choices(endings, ending_weights)[0]
        yield one(
            shape, dice, pk, customer, kind, status, at, at + datetime.timedelta(hours=dice.uniform(10, 80)), None
        )
    states = [
        (partner, status)
        for partner in range(1, shape.partners + 1)
        for status, count in (OPEN_OF_FIRST if partner == 1 else OPEN_OF_OTHERS).items()
        for _ in range(count)
    ]
    dice.shuffle(states)
    turns = 0
    for pk, (partner, status) in enumerate(states, closed + 1):
        customer = some_customer(dice, shape)
        while shape.partner_of(customer) != partner:
            customer = dice.randint(1, shape.customers)
        kind, subscription = dice.choices(kinds, kind_weights)[0], None
        if kind in ABOUT_THE_END:
            subscription = some_subscription(dice, customer)
            if subscription in ending:
                kind, subscription = "more_seats", None
            else:
                ending.add(subscription)
        at = now - datetime.timedelta(days=3) * (1 - (pk - closed) / len(states))
        deadline = now + datetime.timedelta(hours=dice.choice((-6, 1, 12, 20, 40, 80, 160, 240)) + dice.uniform(0, 5))
        agent = None
        if status != "submitted":
            agent, turns = shape.team_of(partner)[turns % TEAM], turns + 1
        yield one(shape, dice, pk, customer, kind, status, at, deadline, agent, subscription)


def some_customer(dice: random.Random, shape: Shape) -> int:
    """Return a customer: nine in ten are the first partner's, and of each partner's some ask far more than others."""
    if dice.random() < SHARE_OF_FIRST:
        return 1 + int(shape.customers_of_first * dice.random() ** 2)
    others = shape.customers - shape.customers_of_first
    return shape.customers_of_first + 1 + int(others * dice.random())


def some_subscription(dice: random.Random, customer: int) -> int:
    return (customer - 1) * SUBSCRIPTIONS_EACH + dice.randint(1, SUBSCRIPTIONS_EACH)


def one(
    shape: Shape,
    dice: random.Random,
    pk: int,
    customer: int,
    kind: str,
    status: str,
    at: datetime.datetime,
    deadline: datetime.datetime,
    agent: int | None,
    subscription: int | None = None,
) -> tuple[Row, list[Row], list[Row]]:
    """Return a request of ``customer``, what it asks to buy, and how it came to stand where it stands."""
    partner, steps = shape.partner_of(customer), STEPS[status]
    if agent is None and status not in ("submitted", "withdrawn"):
        agent = dice.choice(shape.team_of(partner))
    if kind != "purchase" and subscription is None:
        subscription = some_subscription(dice, customer)
    is_closed = status in ENDINGS
    closed_at = at + datetime.timedelta(hours=dice.uniform(1, 70)) if is_closed else None
    request = (
        pk, shape.number_of(pk), kind, customer, partner, customer, agent, subscription,
        dice.choice(("now", "end_of_term")) if kind == "cancellation" else "",
        dice.randint(1, 20) if kind in ("more_seats", "fewer_seats") else None,
        dice.choice(("renew", "month_to_month")) if kind == "end_of_term" else "",
        NOTE[: dice.randint(0, len(NOTE))], status, deadline, "window" if kind in ABOUT_THE_END else "answer",
        "The window has shut." if status == "declined" else "",
        "Partner Center has refused it." if status == "failed" else "",
        f"ORDER-{pk}" if status == "completed" else "", at, closed_at, 1 + len(steps),
    )  # fmt: skip
    lines: list[Row] = []
    if kind == "purchase":
        products = dice.sample(range(1, PRODUCTS + 1), dice.choice((1, 1, 2)))
        lines = [(pk, partner, (partner - 1) * PRODUCTS + product, 3, 310, "TWD") for product in products]
    events: list[Row] = [(pk, "submit", "", "submitted", customer, None, "", at)]
    before, moment = "submitted", at
    until = closed_at or at + datetime.timedelta(hours=1)
    for number, (action, after) in enumerate(steps, 1):
        moment = at + (until - at) * (number / len(steps))
        who, whose = (customer, None) if action == "withdraw" else (agent, agent)
        note = "For whom shall it be?" if action == "ask_customer" else ""
        events.append((pk, action, before, after, who, whose, note, moment))
        before = after
    return request, lines, events


def customers(shape: Shape) -> Iterator[Row]:
    for pk in range(1, shape.customers + 1):
        yield (pk, shape.partner_of(pk), shape.name_of(pk), "", "", "commercial", False)


def copy(connection: psycopg.Connection[Any], table: str, columns: str, found: list[Row] | Iterator[Row]) -> None:
    names = ", ".join(columns.split())
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as stream:
        for row in found:
            stream.write_row(row)


UNCHECKED = ("requests_app_subscriptionrequest", "requests_app_requestline", "requests_app_requestevent")


def fill(connection: psycopg.Connection[Any], shape: Shape, now: datetime.datetime, password: str) -> None:
    """Write everything into an empty, migrated database, as a superuser in one transaction; ``password`` is a hash.

    Foreign keys of requests, lines and events are not checked row by row (a test does, at a small scale); every other
    constraint is, and triggers of ours run, but for the one that notes who has taken a step: those are members.
    """
    values = {
        "partners": shape.partners,
        "customers": shape.customers,
        "agents": shape.partners * TEAM,
        "team": TEAM,
        "products": PRODUCTS,
        "each": SUBSCRIPTIONS_EACH,
        "password": password,
    }
    with connection.transaction():
        connection.execute("SET LOCAL portal.acting = 'site'")
        for number, statement in enumerate(PEOPLE_AND_CATALOGUE):
            if number == 1:
                copy(connection, "accounts_customer", CUSTOMER_COLUMNS, customers(shape))
            connection.execute(statement, values)
        for table in UNCHECKED:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for table in UNCHECKED[:2]:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        write_requests(connection, shape, now)
        for table in UNCHECKED:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        for table in (*UNCHECKED[:1], "accounts_customer"):
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        connection.execute("SELECT setval('request_number', %s)", [shape.requests])


def write_requests(connection: psycopg.Connection[Any], shape: Shape, now: datetime.datetime) -> None:
    requests: list[Row] = []
    lines: list[Row] = []
    events: list[Row] = []
    for number, (request, its_lines, its_events) in enumerate(rows(shape, now), 1):
        requests.append(request)
        lines += its_lines
        events += its_events
        if len(requests) == BATCH or number == shape.requests:
            copy(connection, "requests_app_subscriptionrequest", REQUEST_COLUMNS, requests)
            copy(connection, "requests_app_requestline", LINE_COLUMNS, lines)
            copy(connection, "requests_app_requestevent", EVENT_COLUMNS, events)
            requests, lines, events = [], [], []

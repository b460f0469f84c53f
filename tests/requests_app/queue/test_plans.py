"""Each part of each view walks an index that has its order, as the application's role, behind the second wall."""

import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.lib.acting import acting_as
from portal.lib.paging import Seek
from requests_app import queue, workflow
from requests_app.models import SubscriptionRequest
from requests_app.queue import View, rows
from tests.requests_app.queue.conftest import NOW
from tests.requests_app.queue.test_rows import everyone

TABLE = re.compile(r"(?:using (\S+) on|(Seq Scan) on|Bitmap Index Scan on) requests_app_subscriptionrequest")


def plan_of(statement, ways=("seqscan", "bitmapscan", "sort")):
    """Return how the statement is answered. Thousands are still few enough to be sorted: that is not allowed here."""
    with connection.cursor() as cursor:
        for way in ways:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


def statement_of(queryset):
    with CaptureQueriesContext(connection) as asked:
        list(queryset)
    return asked[-1]["sql"]


OPEN, CLOSED = "requests_app_open_", "requests_app_closed"
PLANS = [
    (View(), [OPEN + "holder", OPEN + "state"]),
    (View(order="newest"), [OPEN + "holder", OPEN + "state_age"]),
    (View(show="mine"), [OPEN + "holder"]),
    (View(show="unassigned"), [OPEN + "state"]),
    (View(show="waiting", order="oldest"), [OPEN + "state_age"]),
    (View(show="approved"), [OPEN + "state"]),
    (View(show="failed", order="newest"), [OPEN + "state_age"]),
    (View(show="overdue"), ["requests_app_req_queue"]),
    (View(show="today"), ["requests_app_req_queue"]),
    (View(show="open"), ["requests_app_req_queue"]),
    (View(show="open", order="newest"), [OPEN + "age"]),
    (View(show="open", order="oldest"), [OPEN + "age"]),
    (View(show="open", kind="cancellation"), [OPEN + "kind"]),
    (View(show="open", kind="purchase", order="newest"), [OPEN + "kind_age"]),
    (View(show="open", customer=1), [OPEN + "asker"]),
    (View(show="open", assignee=1), [OPEN + "holder"]),
    (View(show="closed"), [CLOSED]),
    (View(show="closed", order="oldest"), [CLOSED]),
    (View(show="closed", kind="purchase"), [CLOSED + "_kind"]),
    (View(show="closed", customer=1), ["requests_app_req_customer"]),
    (View(show="closed", assignee=1), ["requests_app_req_assignee"]),
    (View(show="all"), [OPEN + "age", CLOSED]),
    (View(show="all", kind="purchase", order="oldest"), [OPEN + "kind_age", CLOSED + "_kind"]),
]
PLANS.append((View(show="all", customer=1), [OPEN + "asker", "requests_app_req_customer"]))
FEW = {OPEN + "holder", OPEN + "asker"}
"""What one person has, or one customer has open, is few enough to be sorted by when it came."""


def test_every_part_of_a_view_walks_its_index(large_queue):
    dana, row, wrong = everyone(large_queue, "dana"), SubscriptionRequest.objects.order_by("-deadline")[600], []
    for said, indexes in PLANS:
        about = {"customer": large_queue.customer.pk if said.customer else None}
        view = replace(said, **about, assignee=dana.pk if said.assignee else None)
        for seek in (
            Seek(view.ordering),
            Seek.beside(row, view.ordering),
            Seek.beside(row, view.ordering, backwards=True),
        ):
            with acting_as(dana.pk):
                plans = [plan_of(statement_of(part.keys(seek, 26))) for part in rows.parts(view, dana, NOW)]
            for index, plan in zip(indexes, plans, strict=True):
                used = {name or scan for name, scan in TABLE.findall(plan)}
                sorted_by_age = view.ordering != queue.QUEUE_ORDER and index in FEW
                # Where a customer or a person has a good share of all, the partner's own index in that order serves too.
                narrowed = view.customer or view.assignee or index in FEW
                others = {OPEN + "age", CLOSED} if narrowed and view.ordering != queue.QUEUE_ORDER else set()
                if used != {index} and not (len(used) == 1 and used <= others):
                    wrong.append((view, index, plan))
                if "Sort" in plan and not sorted_by_age:
                    wrong.append((view, "sorts", plan))
                if seek.key and not sorted_by_age and not re.search(r"Index Cond: .*ROW\(", plan):
                    wrong.append((view, "walks there from the beginning", plan))
    assert wrong == [], "\n\n".join(f"{view}\n{what}\n{plan}" for view, what, plan in wrong)


LINES = re.compile(r"(?:using (\S+) on|(Seq Scan) on|Bitmap Index Scan on) requests_app_requestline")
REQUESTS = re.compile(TABLE.pattern + r" (?!r )")  # the policy of lines has its own look at requests, for customers
BY_LINES = ({"requests_app_line_product"}, {"requests_app_subscriptionrequest_pkey"})
"""Which indexes of lines and of requests a part that is found by its lines uses."""


@pytest.mark.parametrize("name", ["dana", "both", "root"])
@pytest.mark.parametrize("order", ["", "oldest"])
def test_what_there_is_about_a_product_walks_the_indexes_that_begin_with_it(large_queue, order, name):
    """What is open is little, whatever it is about: it is read from an index of what is open."""
    user, product = everyone(large_queue, name), large_queue.products[1].pk
    row = SubscriptionRequest.objects.filter(product=product).order_by("-submitted_at")[600]
    still_open, closed = (set(), {OPEN + "age"}), (set(), {CLOSED + "_product"})
    for said, expected in (
        ({"show": "closed"}, [closed, BY_LINES]),
        ({"show": "closed", "kind": "purchase"}, [BY_LINES]),
        ({"show": "all"}, [still_open, closed, BY_LINES]),
    ):
        view = View(order=order, product=product, **said)
        for seek in (
            Seek(view.ordering),
            Seek.beside(row, view.ordering),
            Seek.beside(row, view.ordering, backwards=True),
        ):
            with acting_as(user.pk):
                plans = [plan_of(statement_of(part.keys(seek, 26))) for part in rows.parts(view, user, NOW)]
            for indexes, plan in zip(expected, plans, strict=True):
                used = [{index or scan for index, scan in table.findall(plan)} for table in (LINES, REQUESTS)]
                assert used == list(indexes), plan
                assert "Sort" not in plan, plan
                assert not seek.key or re.search(r"Index Cond: .*ROW\(", plan), plan
                assert indexes == still_open or re.search(r"Index Cond: .*product_id = ", plan), plan


@pytest.mark.parametrize("name", ["both", "root"])
def test_several_partners_walk_the_index_once_each(large_queue, name):
    user, view = everyone(large_queue, name), View(show="open")
    with acting_as(user.pk):
        (part,) = rows.parts(view, user, NOW)
        plan = plan_of(statement_of(part.keys(Seek(view.ordering), 26)))
    assert {name or scan for name, scan in TABLE.findall(plan)} == {"requests_app_req_queue"}, plan
    assert "Sort" not in plan, plan


@pytest.mark.parametrize(
    ("words", "index", "column"),
    [
        ("R-1234", "number_5321e4f6_like", "number"),
        ("Order-12-", "requests_app_req_reference", "external_reference"),
    ],
)
def test_a_search_asks_an_index_for_what_begins_so(large_queue, words, index, column):
    """What is found is little: it may be sorted."""
    dana, view = everyone(large_queue, "dana"), View(q=words)
    with acting_as(dana.pk):
        parts = [statement_of(part.keys(Seek(view.ordering), 26)) for part in rows.parts(view, dana, NOW)]
        plans = [plan_of(one, ways=["seqscan"]) for one in parts]
    whole = "\n".join(plans)
    assert index in whole, whole
    assert "Seq Scan on requests_app_subscriptionrequest" not in whole, whole
    assert re.search(rf"Index Cond: .*{column}.*~>=~", whole), whole


@pytest.mark.parametrize(
    ("table", "column", "index"),
    [
        ("accounts_customer", "name_folded", "accounts_customer_prefix"),
        ("requests_app_subscription", "external_id", "requests_app_sub_external"),
        ("requests_app_subscription", "order_id", "requests_app_sub_order"),
    ],
)
def test_what_begins_so_can_be_asked_of_the_index_behind_the_wall(large_queue, table, column, index):
    """The index answers both bounds itself, although the policy has not been asked yet."""
    with acting_as(large_queue.dana.pk):
        partner = large_queue.partner.pk
        plan = plan_of(f"SELECT id FROM {table} WHERE partner_id = {partner} AND {column} ~>=~ 'ord-12' AND {column} ~<~ 'ord-13'")  # fmt: skip
    assert index in plan, plan
    assert re.search(rf"Index Cond: .*{column}.*~>=~.*~<~", plan), plan


def test_the_next_one_is_the_first_of_an_index(large_queue):
    dana = everyone(large_queue, "dana")
    with acting_as(dana.pk), CaptureQueriesContext(connection) as asked:
        assert workflow.claim_next(actor=dana) is not None
    (statement,) = [one["sql"] for one in asked if "SKIP LOCKED" in one["sql"]]
    with acting_as(dana.pk):
        plan = plan_of(statement)
    assert f"using {OPEN}state on" in plan, plan
    assert "Sort" not in plan, plan


def test_counts_look_at_open_requests_alone_and_stop(large_queue):
    dana = everyone(large_queue, "dana")
    with acting_as(dana.pk), CaptureQueriesContext(connection) as asked:
        found = queue.figures(dana, NOW)
    statement = asked[-1]["sql"]
    assert statement.count("LIMIT 1001") == len(vars(found))
    with acting_as(dana.pk):
        used = {name or scan for name, scan in TABLE.findall(plan_of(statement))}
    assert all(one == "requests_app_req_queue" or one.startswith(OPEN) for one in used), used

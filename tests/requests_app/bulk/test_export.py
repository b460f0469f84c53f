"""What a view shows as a file: its rows alone, in its order, in the reader's language, without a formula."""

import csv
import gc
import io

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from openpyxl import load_workbook

from accounts.middleware import ActingMiddleware
from portal.lib import tables
from portal.lib.acting import SITE, acting_as
from requests_app import export
from requests_app.models import RequestLine, Status, SubscriptionRequest
from tests import factories
from tests.conftest import make_cast
from tests.requests_app.bulk import EXPORT
from tests.requests_app.desk import QUEUE
from tests.requests_app.workflow.steps import ask
from tests.sessions import session_of


def of_csv(answer):
    assert answer.status_code == 200, answer
    text = answer.getvalue().decode()
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def of_xlsx(answer):
    assert answer.status_code == 200, answer
    return [list(row) for row in load_workbook(io.BytesIO(answer.getvalue())).worksheets[0].iter_rows()]


def column(table, name):
    at = table[0].index(name)
    return [row[at] for row in table[1:]]


@pytest.mark.parametrize("show", ["", "mine", "unassigned", "overdue", "closed", "all"])
def test_export_has_the_rows_of_the_view_in_its_order(as_, cast, one_of_each, show):
    from django.http import QueryDict
    from django.utils import timezone

    from requests_app import queue

    factories.purchase(cast.foreign_customer, cast.frank)
    browser = as_(cast.dana)
    shown = [one.number for one in queue.View.of(QueryDict(f"show={show}")).rows(cast.dana, timezone.now())]
    assert column(of_csv(browser.get(f"{EXPORT}?show={show}&format=csv")), "Number") == shown
    cells = of_xlsx(browser.get(f"{EXPORT}?show={show}&format=xlsx"))
    assert [row[0].value for row in cells[1:]] == shown
    assert cells[0][0].value == "Number"


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_headings_and_words_are_in_the_readers_language(as_, cast, filed, language):
    cast.dana.language = language
    cast.dana.save()
    table = of_csv(as_(cast.dana).get(f"{EXPORT}?format=csv"))
    status = {"en": "Submitted", "zh-hant": "已送出"}[language]
    assert table[1][1] == status
    assert [cell.value for cell in of_xlsx(as_(cast.dana).get(f"{EXPORT}?format=xlsx"))[0]] == table[0]


FORMULA = '=HYPERLINK("http://evil.example";"x")'


def test_no_cell_starts_a_formula(as_, cast):
    subscription = factories.subscription(cast.customer, friendly_name=FORMULA, external_id="+1")
    type(cast.customer).objects.filter(pk=cast.customer.pk).update(name="@SUM(1)", domain="-x")
    factories.cancellation(subscription, cast.alice, reason=f"\t{FORMULA}")
    browser = as_(cast.dana)
    table = of_csv(browser.get(f"{EXPORT}?format=csv"))
    assert {FORMULA, "+1", "@SUM(1)", "-x", f"\t{FORMULA}"} <= {cell[1:] for cell in table[1] if cell[:1] == "'"}
    assert not any(tables.starts_a_formula(cell) and cell[0] != "'" for cell in table[1])
    rows = of_xlsx(browser.get(f"{EXPORT}?format=xlsx"))
    assert "f" not in {cell.data_type for row in rows for cell in row}
    assert FORMULA in {cell.value for cell in rows[1]}


@pytest.mark.parametrize(
    ("kind", "seats"), [("more seats", 5), ("fewer seats", -6), ("cancellation", None), ("renew", None)]
)
def test_numbers_stay_numbers(cast, kind, seats):
    filed = ask(kind, cast, factories.subscription(cast.customer))
    row = export.row_of(SubscriptionRequest.objects.get(pk=filed.pk))
    assert row[export.HEADINGS.index("Seats")] == seats


def test_seats_of_a_purchase_are_those_of_all_its_lines(cast):
    factories.purchase(cast.customer, cast.alice, factories.offer(cast.partner), factories.offer(cast.partner))
    [row] = export.rows_of(SubscriptionRequest.objects.all())
    assert row[export.HEADINGS.index("Seats")] == 6
    assert row[export.HEADINGS.index("Product")] == "3 × Power BI Pro, 3 × Power BI Pro"


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
@pytest.mark.parametrize("name", ["charlie", "alice", "sam", "erin"])
def test_others_get_nothing_of_it(as_, cast, filed, name, file_format):
    answer = as_(getattr(cast, name)).get(f"{EXPORT}?format={file_format}")
    assert answer.status_code == {"sam": 403, "erin": 200}.get(name, 302)
    assert b"CANARY" not in b"".join(answer)


def test_export_writes_nothing(as_, cast, filed):
    browser = as_(cast.dana)
    with connection.execute_wrapper(reads_only):
        of_csv(browser.get(f"{EXPORT}?format=csv"))
        of_xlsx(browser.get(f"{EXPORT}?format=xlsx"))
    assert browser.post(f"{EXPORT}?format=csv").status_code == 405


def reads_only(execute, sql, params, many, context):
    assert sql.split()[0] in ("SELECT", "SAVEPOINT", "RELEASE", "DECLARE", "FETCH", "CLOSE"), sql
    return execute(sql, params, many, context)


@pytest.mark.parametrize("rows", [1, 3])
def test_export_takes_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, rows):
    for _ in range(rows):
        factories.cancellation(factories.subscription(cast.customer), cast.alice)
        factories.purchase(cast.customer, cast.bob)
    browser = as_(cast.dana)
    with assert_statements(6):  # who acts is said twice: the stream has a transaction of its own
        assert len(of_csv(browser.get(f"{EXPORT}?format=csv"))) == 1 + 2 * rows


def test_rows_that_have_left_are_let_go_at_once(cast, monkeypatch):
    """The garbage collector rests meanwhile: in a large process it comes by after tens of thousands of rows."""
    monkeypatch.setattr(export, "AT_A_TIME", 5)
    offer = factories.offer(cast.partner)
    for _ in range(30):
        factories.purchase(cast.customer, cast.alice, offer)
    most = 0
    gc.collect()
    before = alive()
    gc.disable()
    try:
        for _row in export.rows_of(SubscriptionRequest.objects.order_by("pk")):
            most = max(most, alive() - before)
    finally:
        gc.enable()
    assert 10 <= most <= 2 * 10  # requests and lines of two batches: one is read while the other is let go


def alive():
    return sum(type(one) in (SubscriptionRequest, RequestLine) for one in gc.get_objects())


@pytest.mark.parametrize("query", ["", "format=pdf", "format=csv%00", "show=closed&format="])
def test_unknown_format_leads_back_to_the_list(as_, cast, query):
    answer = as_(cast.dana).get(f"{EXPORT}?{query}")
    assert answer.url.startswith(QUEUE)


def test_more_than_xlsx_takes_is_said_beforehand(as_, cast, monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS_OF_XLSX", 2)
    for _ in range(3):
        factories.purchase(cast.customer, cast.alice)
    browser = as_(cast.dana)
    answer = browser.get(f"{EXPORT}?show=unassigned&format=xlsx", follow=True)
    assert answer.redirect_chain == [(f"{QUEUE}?show=unassigned", 302)]
    assert "more than 2 requests" in answer.text
    assert len(of_csv(browser.get(f"{EXPORT}?show=unassigned&format=csv"))) == 4


# --- While it leaves ---


@pytest.mark.django_db(transaction=True)
def test_second_wall_stands_while_a_stream_leaves(rf):
    """The first wall is left out on purpose: all requests are asked for, after the request's transaction has ended."""
    cast = make_cast()
    factories.purchase(cast.customer, cast.alice)
    factories.purchase(cast.foreign_customer, cast.frank)
    request = rf.get("/")
    request.session, request.user = session_of(cast.dana), cast.dana

    def view(_request):
        return tables.answer(
            tables.Format.CSV, "all", export.HEADINGS, export.rows_of(SubscriptionRequest.objects.order_by("pk"))
        )

    connection.close()  # and say nothing about who acts, as a web process begins
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.acting', '', false)")
    try:
        answer = ActingMiddleware(view)(request)
        assert not connection.in_atomic_block
        table = of_csv(answer)
    finally:
        connection.close()
    assert column(table, "Customer") == ["Victoria Dental"]
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_reader_who_goes_away_leaves_no_transaction_open(settings):
    cast = make_cast()
    offer = factories.offer(cast.partner)
    for _ in range(3):
        factories.purchase(cast.customer, cast.alice, offer, note="x" * 3_000)
    browser = Client()
    browser.force_login(cast.dana)
    answer = browser.get(f"{EXPORT}?format=csv")
    assert isinstance(answer, StreamingHttpResponse)
    tables_chunk, tables.CHUNK = tables.CHUNK, 1_000
    try:
        next(iter(answer.streaming_content))
        assert connection.in_atomic_block
        answer.close()
    finally:
        tables.CHUNK = tables_chunk
    assert not connection.in_atomic_block
    with acting_as(SITE):
        assert SubscriptionRequest.objects.filter(status=Status.SUBMITTED).count() == 3

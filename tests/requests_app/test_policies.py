"""The rules as rows: what a new site starts with, what the database refuses, and a history that nobody edits."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from portal.lib.acting import acting_as
from requests_app import policy
from requests_app.admin.policies import window_in_words
from requests_app.models import CancellationPolicy, CancellationPolicyEvent, ProductType

LIST = "/admin/requests_app/cancellationpolicy/"


def a_rule(**fields):
    values = {
        "product_type": ProductType.LICENSE_BASED,
        "in_force_from": datetime.date(2027, 1, 1),
        "window_hours": 72,
        "source": "A page",
    }
    return CancellationPolicy.objects.create(**(values | fields))


@pytest.mark.django_db
def test_new_site_starts_with_the_standard_rules():
    loaded = CancellationPolicy.objects.rules()
    assert sorted(loaded, key=lambda rule: rule.product_type) == sorted(
        policy.STANDARD_RULES, key=lambda rule: rule.product_type
    )
    assert {rule.product_type for rule in loaded} == set(ProductType.values)
    for row in CancellationPolicy.objects.all():
        assert row.note.missing() == []


@pytest.mark.django_db
def test_facts_of_a_new_site_are_in_the_history_as_the_sites_own():
    events = CancellationPolicyEvent.objects.filter(pgh_obj__in=CancellationPolicy.objects.all())
    assert [(event.pgh_label, event.acted_by_id) for event in events] == [("insert", None)] * len(ProductType)


@pytest.mark.django_db
def test_later_rule_holds_for_what_is_bought_from_its_day_on():
    a_rule()
    rules = CancellationPolicy.objects.rules()
    hours = [
        policy.rule_for(rules, ProductType.LICENSE_BASED, day).window // datetime.timedelta(hours=1)
        for day in (datetime.date(2026, 12, 31), datetime.date(2027, 1, 1), datetime.date(2027, 6, 1))
    ]
    assert hours == [168, 72, 72]


@pytest.mark.django_db
def test_one_rule_of_each_type_is_in_force():
    new = a_rule()
    before = CancellationPolicy.objects.in_force(datetime.date(2026, 12, 31))
    after = CancellationPolicy.objects.in_force(datetime.date(2027, 1, 1))
    assert {row.product_type for row in before} == {row.product_type for row in after} == set(ProductType.values)
    assert (before.count(), after.count()) == (6, 6)
    assert (new in before, new in after) == (False, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"in_force_from": datetime.date(2000, 1, 1)}, "requests_app_policy_once"),
        ({"window_hours": 0}, "requests_app_policy_window"),
        ({"window_hours": 8785}, "requests_app_policy_window"),
        ({"window_hours": None}, "requests_app_policy_refund"),
        ({"window_hours": None, "refund": "none", "partial_reduction": True}, "requests_app_policy_refund"),
        ({"in_force_from": datetime.date(1999, 12, 31)}, "requests_app_policy_plausible"),
        ({"in_force_from": datetime.date(2101, 1, 1)}, "requests_app_policy_plausible"),
    ],
)
def test_database_refuses_a_rule_that_cannot_be(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        a_rule(**fields)


# --- The history ---


def changes(row_pk):
    return [
        (event.pgh_label, event.window_hours, event.acted_by_id)
        for event in CancellationPolicyEvent.objects.filter(pgh_obj_id=row_pk)
    ]


def test_history_knows_who_did_what_also_in_raw_sql(cast):
    with acting_as(cast.sam.pk):
        row = a_rule()
        pk = row.pk
    with acting_as(cast.root.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE requests_app_cancellationpolicy SET window_hours = 100 WHERE id = %s", [pk])
        cursor.execute("UPDATE requests_app_cancellationpolicy SET window_hours = 100 WHERE id = %s", [pk])
    with acting_as(cast.sam.pk):
        row.delete()
    assert changes(pk) == [("insert", 72, cast.sam.pk), ("update", 100, cast.root.pk), ("delete", 100, cast.sam.pk)]


def test_history_of_a_bulk_update_has_every_row(cast):
    with acting_as(cast.sam.pk):
        CancellationPolicy.objects.update(confidence="L")
    noted = CancellationPolicyEvent.objects.filter(pgh_label="update", acted_by=cast.sam, confidence="L")
    assert noted.count() == len(ProductType)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE requests_app_cancellationpolicyevent SET acted_by_id = NULL",
        "DELETE FROM requests_app_cancellationpolicyevent",
        "TRUNCATE requests_app_cancellationpolicyevent",
        """INSERT INTO requests_app_cancellationpolicyevent
           SELECT (jsonb_populate_record(e, '{"pgh_id": 999}')).* FROM requests_app_cancellationpolicyevent e LIMIT 1""",
    ],
)
@pytest.mark.parametrize("name", ["sam", "root"])
def test_nobody_writes_the_history(cast, name, statement):
    before = CancellationPolicyEvent.objects.count()
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|row-level security"),
        acting_as(getattr(cast, name).pk),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert CancellationPolicyEvent.objects.count() == before


@pytest.mark.parametrize(("name", "sees"), [("sam", True), ("dana", True), ("alice", False)])
def test_history_is_the_desks(cast, name, sees):
    with acting_as(getattr(cast, name).pk):
        assert CancellationPolicyEvent.objects.exists() is sees
        assert CancellationPolicy.objects.count() == len(ProductType)


# --- The pages ---


@pytest.mark.parametrize(
    ("hours", "words"),
    [(None, "none"), (1, "1 hour"), (72, "72 hours"), (168, "7 days"), (720, "30 days"), (169, "169 hours")],
)
def test_window_in_words(hours, words):
    assert window_in_words(hours) == words


def page(row, what):
    return f"{LIST}{row.pk}/{what}/"


def form_of(row, **changed):
    return {
        "product_type": row.product_type,
        "in_force_from": row.in_force_from.isoformat(),
        "window_hours": row.window_hours or "",
        "counted_from": row.counted_from,
        "refund": row.refund,
        "afterwards": row.afterwards,
        "note_en": row.note.get("en", ""),
        "note_zh-hant": row.note.get("zh-hant", ""),
        "source": row.source,
        "confidence": row.confidence,
        "verified_on": "",
        **({"partial_reduction": "on"} if row.partial_reduction else {}),
    } | changed


def test_history_page_tells_each_change_in_words(as_, cast):
    row = a_rule(note={"en": "Old", "zh-hant": "舊"})
    sent = form_of(row, window_hours="168", partial_reduction="on", verified_on="2026-11-20", **{"note_zh-hant": "新"})
    answer = as_(cast.sam).post(page(row, "change"), sent)
    assert answer.status_code == 302
    told = as_(cast.dana).get(page(row, "history")).context["action_list"]
    assert [change.user for change in told] == ["Sam", "The site itself"]
    lines = told[0].get_change_message.replace('<span class="cell-line">', "").split("</span>")
    assert lines == [
        "Window: 72 hours → 7 days",
        "Seats can be given back: No → Yes",
        "What happens afterwards (繁體中文): “舊” → “新”",
        "Verified on: – → 20 Nov 2026",
        "",
    ]
    assert told[1].get_change_message == "Added."


def test_history_page_escapes_what_was_written(as_, cast):
    row = a_rule(source="A page")
    CancellationPolicy.objects.filter(pk=row.pk).update(source="<script>alert(1)</script>")
    page_ = as_(cast.sam).get(page(row, "history")).content.decode()
    assert "<script>alert(1)" not in page_
    assert "&lt;script&gt;alert(1)" in page_


@pytest.mark.parametrize("pk", ["0", "999999", "²", "x", "99999999999999999999999"])
def test_history_of_no_rule_does_not_exist(as_, cast, pk):
    assert as_(cast.sam).get(f"{LIST}{pk}/history/").status_code == 404


@pytest.mark.parametrize(("name", "status"), [("sam", 302), ("root", 302), ("max", 403), ("dana", 403)])
def test_rules_are_edited_by_staff(as_, cast, name, status):
    row = a_rule()
    browser = as_(getattr(cast, name))
    assert browser.get(page(row, "change")).status_code == 200
    assert browser.post(page(row, "delete"), {"post": "yes"}).status_code == status
    assert CancellationPolicy.objects.filter(pk=row.pk).exists() is (status == 403)


def test_list_marks_what_applies_today(as_, cast):
    past = a_rule(in_force_from=datetime.date(2025, 1, 1))
    future = a_rule(in_force_from=datetime.date(2099, 1, 1))
    rows = {row.pk: row.applies_today for row in as_(cast.dana).get(LIST).context["cl"].result_list}
    first = CancellationPolicy.objects.get(
        product_type=ProductType.LICENSE_BASED, in_force_from=datetime.date(2000, 1, 1)
    )
    assert (rows[first.pk], rows[past.pk], rows[future.pk]) == (False, True, False)
    assert sum(rows.values()) == len(ProductType)

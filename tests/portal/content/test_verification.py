"""The page of addresses that want a look: who sees which, what is noted, and what is taken over."""

import datetime
import re

import pytest
from django.db import connection
from django.utils import timezone

from portal.models import CheckResult, ContentAddress, ContentAddressEvent
from requests_app.models import Confidence
from tests import factories
from tests.surface.pages import forms

PAGE = "/admin/content/addresses/"
NOW = timezone.now()
TODAY = NOW.date()
DAY = datetime.timedelta(days=1)


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def address(key, make=factories.link, cloud="commercial", partner=None, at="", **fields):
    row = make(key, partner=partner, **{f"address_{cloud}": at or f"https://{key}.example/"}).addresses.get()
    if "check_result" in fields:
        fields = {"checked_at": NOW} | fields
    ContentAddress.objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    return row


@pytest.fixture
def many(cast):
    """One address of each kind that an editor looks for."""
    address("never")
    address("old", verified_on=TODAY - 200 * DAY)
    address("fine", verified_on=TODAY, check_result=CheckResult.OPENS)
    address("signs-in", verified_on=TODAY, check_result=CheckResult.SIGN_IN)
    address("moved", verified_on=TODAY, check_result=CheckResult.MOVED, leads_to="https://new.example/")
    address("gone", factories.resource, cloud="gcc", verified_on=TODAY, check_result=CheckResult.GONE, check_status=404)
    address("slow", cloud="dod", verified_on=TODAY, check_result=CheckResult.TIMEOUT)
    address("heron", partner=cast.partner)
    address("heron-help", factories.resource, partner=cast.partner)
    address("owl", partner=cast.other_partner)
    return cast


def titles(page):
    return re.findall(r'class="row-title"[^>]*>Title of ([\w-]+)<', page.text)


LISTED = {
    "": ["never", "old", "moved", "gone", "slow"],
    "show=due": ["never", "old"],
    "show=found": ["moved", "gone", "slow"],
    "show=all": ["never", "old", "fine", "signs-in", "moved", "gone", "slow"],
    "show=all&cloud=dod": ["slow"],
    "cloud=commercial": ["never", "old", "moved"],
    "result=gone": ["gone"],
    "result=none": ["never", "old"],
    "result=opens": [],
    "show=all&result=opens": ["fine"],
    "show=nonsense&cloud=mars&result=x&page=x": ["never", "old", "moved", "gone", "slow"],
}


@pytest.mark.parametrize("query", LISTED)
def test_list_is_narrowed_down_with_what_nobody_has_verified_first(as_, many, query):
    assert titles(as_(many.sam).get(f"{PAGE}?{query}")) == LISTED[query]


SEEN = {"sam": LISTED["show=due"], "max": ["heron", "heron-help"], "erin": ["owl"], "root": ["never", "heron", "heron-help", "owl", "old"]}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_everybody_sees_what_they_keep(as_, many, name):
    assert titles(as_(getattr(many, name)).get(f"{PAGE}?show=due")) == SEEN[name]


@pytest.mark.parametrize(("name", "status"), [("dana", 403), ("max", 200)])
def test_page_is_for_those_who_keep_content(as_, many, name, status):
    assert as_(getattr(many, name)).get(PAGE).status_code == status


def test_pages_follow_one_another(as_, cast):
    for number in range(30):
        address(f"key-{number:02}", verified_on=None if number % 2 else TODAY - 200 * DAY)
    browser = as_(cast.sam)
    first = browser.get(PAGE)
    there = re.search(r'rel="next" href="([^"]+)"', first.text)[1]
    second = browser.get(PAGE + there)
    found = titles(first) + titles(second)
    assert (len(titles(first)), len(found), found) == (25, 30, sorted(found, key=lambda one: (int(one[4:]) + 1) % 2))
    back = re.search(r'rel="prev" href="([^"]+)"', second.text)[1]
    assert titles(browser.get(PAGE + back)) == titles(first)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "statements"), [("sam", 4), ("max", 5), ("root", 6)])
def test_page_takes_the_same_statements(as_, cast, assert_statements, name, statements, rows):
    partner = {"sam": None, "max": cast.partner, "root": cast.partner}[name]
    for number in range(rows):
        address(f"a{number}", partner=partner)
        address(f"b{number}", factories.resource, partner=partner)
    browser = as_(getattr(cast, name))
    browser.get(PAGE)
    with assert_statements(statements):
        assert len(titles(browser.get(PAGE))) == 2 * rows


def test_row_says_what_is_known(as_, cast):
    row = address(
        "x", at="https://x.example/#/MessageCenter", source="Docs", confidence=Confidence.LOW, check_result=CheckResult.MOVED,
        leads_to="https://new.example/?a=1&b=2",
    )  # fmt: skip
    address("y", at="https://{tenant}.example/")
    address("z", check_result=CheckResult.UNREACHABLE, check_status=503)
    address("w", check_result=CheckResult.UNREACHABLE, check_reason="private")
    text = re.sub(r"\s+", " ", as_(cast.sam).get(PAGE).text)
    for said in (
        '<a href="https://x.example/#/MessageCenter" rel="noreferrer external">',
        '<a href="https://new.example/?a=1&amp;b=2" rel="noreferrer external">',
        "Docs · confidence low: inferred, or old",
        "what stands before #/MessageCenter: the rest is known to browsers alone",
        f'href="/admin/portal/selfservicelink/{row.link_id}/change/"',
        "leads to another address",
        "cannot be checked: it needs a customer&#x27;s prefix",
        "it answers with status 503",
        "it leads into a private network",
        "The link checker is switched off on this site",
    ):
        assert said in text or said.replace("&#x27;", "'") in text, said
    assert 'href="https://{tenant}' not in text


# --- I have looked: it is right ---


def form_of(browser, query=""):
    found = forms(browser.get(f"{PAGE}?{query}").text, PAGE)
    form = next(one for one in found if any(name.startswith("address-") for name in one.values))
    return {name: values for name, values in form.values.items() if name != "csrfmiddlewaretoken"}


def verified():
    rows = ContentAddress.objects.filter(verified_on=TODAY).order_by("pk")
    return [str(row.content).removeprefix("Title of ") for row in rows]


def test_one_press_verifies_an_address_and_the_version_says_who(as_, cast):
    row = address("x")
    other = address("y")
    browser = as_(cast.sam)
    answer = browser.post(PAGE, form_of(browser) | {"verify": row.pk}, follow=True)
    assert "1 address is verified as of today." in answer.text
    assert verified() == ["x"]
    noted = ContentAddressEvent.objects.filter(pgh_label="update").values_list("id", "verified_on", "acted_by")
    assert list(noted) == [(row.pk, TODAY, cast.sam.pk)]
    assert other.pk != row.pk


def test_many_are_verified_at_once_and_the_place_in_the_list_is_kept(as_, cast):
    rows = [address("x"), address("y", factories.resource), address("z")]
    browser = as_(cast.sam)
    sent = form_of(browser) | {"verify": "selected", "selected": [rows[0].pk, rows[1].pk]}
    answer = browser.post(f"{PAGE}?cloud=commercial", sent)
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?cloud=commercial")
    assert verified() == ["x", "y"]


def test_day_is_the_readers_own(as_, cast, monkeypatch):
    from accounts.models import User

    row = address("x")
    User.objects.filter(pk=cast.sam.pk).update(time_zone="Pacific/Kiritimati")
    cast.sam.refresh_from_db()
    browser = as_(cast.sam)
    browser.post(PAGE, form_of(browser) | {"verify": row.pk})
    row.refresh_from_db()
    assert row.verified_on == timezone.localtime(timezone.now(), cast.sam.zone).date()


def test_address_that_was_changed_meanwhile_is_not_verified(as_, cast):
    row = address("x")
    browser = as_(cast.sam)
    sent = form_of(browser)
    ContentAddress.objects.filter(pk=row.pk).update(address="https://other.example/")
    answer = browser.post(PAGE, sent | {"verify": row.pk}, follow=True)
    assert "1 address was changed since you opened the page." in answer.text
    assert verified() == []


@pytest.mark.parametrize("name", ["sam", "max", "dana", "alice"])
def test_nobody_verifies_or_takes_over_what_others_keep(as_, many, name):
    owl = ContentAddress.objects.get(link__key="owl")
    ContentAddress.objects.filter(pk=owl.pk).update(
        check_result=CheckResult.MOVED, checked_at=NOW, leads_to="https://new.example/"
    )
    browser = as_(getattr(many, name))
    before = verified()
    sent = {f"address-{owl.pk}": owl.address, f"leads-to-{owl.pk}": "https://new.example/", "selected": [owl.pk]}
    for button in ({"verify": owl.pk}, {"verify": "selected"}, {"take_over": owl.pk}, {"check": owl.pk}):
        browser.post(PAGE, sent | button)
    assert verified() == before
    owl.refresh_from_db()
    assert owl.address == "https://owl.example/"


@pytest.mark.parametrize("sent", [{}, {"verify": "selected"}, {"verify": "x"}, {"verify": "9" * 30}, {"verify": "²"}, {"check": "1"}, {"take_over": "1"}, {"take_over": "selected"}])  # fmt: skip
def test_post_that_means_nothing_says_so(as_, many, sent):
    answer = as_(many.sam).post(PAGE, sent, follow=True)
    assert 'class="notice notice-warning"' in answer.text
    assert "never" not in verified()


# --- Taking over where it leads ---


def test_new_address_is_taken_over_and_waits_to_be_verified(as_, cast):
    row = address(
        "x", verified_on=TODAY, check_result=CheckResult.MOVED, check_status=301, leads_to="https://new.example/"
    )
    browser = as_(cast.sam)
    browser.post(PAGE, form_of(browser) | {"take_over": row.pk})
    row.refresh_from_db()
    assert (row.address, row.source, row.verified_on) == (
        "https://new.example/", "Redirected from https://x.example/", None,
    )  # fmt: skip
    assert (row.checked_at, row.check_result, row.check_status, row.leads_to) == (None, "", None, "")
    noted = ContentAddressEvent.objects.filter(pgh_label="update", acted_by=cast.sam)
    assert [one.address for one in noted] == ["https://new.example/"]
    assert titles(browser.get(PAGE)) == ["x"]


@pytest.mark.parametrize(
    "leads_to", ["https://new.example/" + "x" * 300, "https://new.example/%7Bx}", "https://intranet/"]
)
def test_what_could_not_be_typed_is_not_taken_over(as_, cast, leads_to):
    row = address("x", check_result=CheckResult.MOVED, leads_to=leads_to)
    browser = as_(cast.sam)
    answer = browser.post(PAGE, form_of(browser) | {"take_over": row.pk}, follow=True)
    assert "The address stays as it is:" in answer.text
    row.refresh_from_db()
    assert (row.address, row.leads_to) == ("https://x.example/", leads_to)


def test_what_leads_elsewhere_by_now_is_not_taken_over(as_, cast):
    row = address("x", check_result=CheckResult.MOVED, leads_to="https://new.example/")
    browser = as_(cast.sam)
    sent = form_of(browser)
    ContentAddress.objects.filter(pk=row.pk).update(leads_to="https://newest.example/")
    answer = browser.post(PAGE, sent | {"take_over": row.pk}, follow=True)
    assert "The check has found something else meanwhile." in answer.text
    row.refresh_from_db()
    assert row.address == "https://x.example/"


# --- Check now ---


def waiting():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (args->>'address_id')::int FROM procrastinate_jobs WHERE task_name LIKE '%check_address'"
        )
        return sorted(pk for (pk,) in cursor.fetchall())


def test_check_now_enqueues_what_can_be_checked(as_, cast, settings):
    settings.LINK_CHECKS = True
    rows = [address("x"), address("y"), address("z", at="https://{tenant}.example/")]
    browser = as_(cast.sam)
    sent = form_of(browser) | {"selected": [row.pk for row in rows]}
    assert "2 addresses are being checked." in browser.post(PAGE, sent | {"check": "selected"}, follow=True).text
    assert waiting() == [row.pk for row in rows[:2]]
    assert "Select addresses that can be checked" in browser.post(PAGE, {"check": rows[2].pk}, follow=True).text


def test_check_now_is_not_offered_where_the_checker_is_off(as_, cast):
    row = address("x")
    browser = as_(cast.sam)
    assert 'name="check"' not in browser.get(PAGE).text
    answer = browser.post(PAGE, {"check": row.pk}, follow=True)
    assert answer.text.count("The link checker is switched off on this site") == 2
    assert waiting() == []


@pytest.mark.parametrize(("name", "leads"), [("sam", True), ("max", True), ("dana", False)])
def test_index_leads_to_the_page(as_, many, name, leads):
    assert (f'href="{PAGE}"' in as_(getattr(many, name)).get("/admin/").text) is leads


def test_lists_of_content_lead_to_the_page(as_, many):
    for kind in ("selfservicelink", "supportresource"):
        assert f'class="button" href="{PAGE}"' in as_(many.sam).get(f"/admin/portal/{kind}/").text

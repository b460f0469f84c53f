"""The link table leaves as a file, comes back after a preview, and is written as a whole or not at all."""

import csv
import datetime
import io
import re

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from portal.content.link_table.columns import columns
from portal.models import ContentAddress, ContentAddressEvent, SelfServiceLink, SelfServiceLinkEvent
from requests_app.models import Confidence
from tests import factories

PAGE, EXPORT = "/admin/portal/selfservicelink/import/", "/admin/portal/selfservicelink/export/"
LINKS = "/admin/portal/selfservicelink/"
TODAY = timezone.now().date()
DAY = datetime.timedelta(days=1)


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def table(cast):
    """Links with everything that is awkward in a file."""
    factories.link(
        "plain", service="exchange", description={"en": "One, \"two\"\u3000three", "zh-hant": "一、二；三"}, note="=1+1",
        address_commercial="https://a.example/#/x", address_gcc_high="https://{tenant}.example/",
    )  # fmt: skip
    factories.link("formula", title={"en": '=HYPERLINK("x";1)', "zh-hant": "＝1"}, description={"en": "-5"}, position=1)
    factories.link(
        "timed", is_draft=True, publish_from=datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC), position=2,
        publish_until=datetime.datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.UTC), address_dod="https://b.example/",
    )  # fmt: skip
    factories.link("apostrophe", title={"en": "'=x"}, description={}, note="'quoted'", position=3)
    ContentAddress.objects.filter(cloud="commercial").update(
        source="@SUM(A1)", confidence=Confidence.LOW, verified_on=TODAY - 400 * DAY
    )
    factories.link("heron", partner=cast.partner, address_commercial="https://heron.example/")
    factories.link("owl", partner=cast.other_partner, address_commercial="https://owl.example/")
    return cast


def exported(browser, query=""):
    answer = browser.get(f"{EXPORT}?{query}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def file_of(rows, name="links.csv"):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return SimpleUploadedFile(name, text.getvalue().encode())


def preview(browser, file, owner="all"):
    return browser.post(PAGE, {"owner": owner, "file": file})


def counts(answer):
    return tuple(int(one) for one in re.findall(r"<span>\w+ <strong>(\d+)</strong></span>", answer.text))


def carried(answer):
    return dict(re.findall(r'<input type="hidden" name="(owner|name|content|digest)" value="([^"]*)">', answer.text))


def confirmed(browser, answer):
    return browser.post(PAGE, carried(answer))


def everything():
    tables = (SelfServiceLink, ContentAddress, SelfServiceLinkEvent, ContentAddressEvent)
    return [sorted(one.objects.values_list(), key=str) for one in tables]


def problems(answer):
    text = re.sub(r"<[^>]+>", "", "|".join(re.findall(r"<li>(<strong>.*?</strong>: .*?|[^<]*?)</li>", answer.text)))
    return text.replace("&#x27;", "'").replace("&quot;", '"').split("|")


# --- Out ---


def test_export_has_every_column_in_every_language(as_, table):
    head, *lines = rows_of(exported(as_(table.sam)))
    assert head[:6] == [
        "Key",
        "Title (English)",
        "Title (繁體中文)",
        "Description (English)",
        "Description (繁體中文)",
        "Category",
    ]
    assert head[7:11] == [
        "Commercial: address",
        "Commercial: source",
        "Commercial: confidence",
        "Commercial: verified on",
    ]
    assert head[-4:] == ["Note", "Published from (UTC)", "Published until (UTC)", "Draft"]
    assert len(head) == 27
    assert [line[0] for line in lines] == ["plain", "formula", "timed", "apostrophe"]
    assert lines[0][6:10] == ["Exchange Online", "https://a.example/#/x", "'@SUM(A1)", "low: inferred, or old"]
    assert lines[2][-3:] == ["2030-01-01T00:00:00Z", "2030-01-02T03:04:05.678901Z", "yes"]


def test_no_cell_of_an_export_begins_a_formula(as_, table):
    cells = [cell for line in rows_of(exported(as_(table.sam))) for cell in line]
    assert [cell for cell in cells if cell[:1] in tuple("=+-@＝＋－＠\t\r")] == []
    assert "'=1+1" in cells


def test_export_is_a_download(as_, cast):
    answer = as_(cast.sam).get(EXPORT)
    assert answer.streaming
    assert answer["Content-Disposition"] == f'attachment; filename="links-{timezone.localdate():%Y-%m-%d}.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


OWNERS = {
    ("sam", "all"): 200, ("sam", "partner"): 404, ("max", "all"): 404, ("max", "partner"): 200, ("max", "other_partner"): 404,
    ("erin", "partner"): 404, ("root", "all"): 200, ("root", "other_partner"): 200, ("dana", "partner"): 403, ("sam", "x"): 404,
}  # fmt: skip


@pytest.mark.parametrize(("name", "owner"), OWNERS)
def test_export_hands_out_what_somebody_keeps(as_, table, name, owner):
    place = {"partner": table.partner.pk, "other_partner": table.other_partner.pk}.get(owner, owner)
    answer = as_(getattr(table, name)).get(f"{EXPORT}?owner={place}")
    assert answer.status_code == OWNERS[name, owner]
    if answer.status_code == 200:
        keys = {line[0] for line in rows_of(b"".join(answer.streaming_content))[1:]}
        expected = {"partner": {"heron"}, "other_partner": {"owl"}, "all": {"plain", "formula", "timed", "apostrophe"}}
        assert keys == expected[owner]


@pytest.mark.parametrize("rows", [1, 3])
def test_export_takes_the_same_statements(as_, cast, assert_statements, rows):
    for number in range(rows):
        factories.link(f"key-{number}", address_gcc="https://a.example/")
    browser = as_(cast.sam)
    exported(browser)
    with assert_statements(6):
        assert len(rows_of(exported(browser))) == rows + 1


# --- And in again ---


@pytest.mark.parametrize("back_in", ["en", "zh-hant"])
@pytest.mark.parametrize("out_in", ["en", "zh-hant"])
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_export_comes_back_unchanged(as_, table, file_format, out_in, back_in):
    before = everything()
    table.sam.language = out_in
    table.sam.save()
    browser = as_(table.sam)
    file = SimpleUploadedFile(f"x.{file_format}", exported(browser, f"format={file_format}"))
    table.sam.language = back_in
    table.sam.save()
    answer = preview(browser, file)
    assert counts(answer) == (0, 0, 4, 0)
    assert 'name="digest"' not in answer.text
    assert everything() == before


def test_preview_writes_nothing_and_confirming_writes_all(as_, table):
    before = everything()
    browser = as_(table.sam)
    head, *lines = rows_of(exported(browser))
    plain = next(line for line in lines if line[0] == "plain")
    plain[1], plain[head.index("GCC: address")] = "Another title", "https://gcc.example/"
    new = dict.fromkeys(head, "") | {
        "Key": "brand-new", "Title (繁體中文)": "新的", "Category": "Get help from Microsoft", "Draft": "no",
        "DoD: address": "https://new.example/", "DoD: verified on": TODAY.isoformat(), "DoD: confidence": "high",
    }  # fmt: skip
    answer = preview(browser, file_of([head, plain, [new[name] for name in head]]))
    assert counts(answer) == (1, 1, 0, 0)
    assert everything() == before
    answer = confirmed(browser, answer)
    assert (answer.status_code, answer["Location"]) == (302, LINKS)
    changed, added = SelfServiceLink.objects.get(key="plain"), SelfServiceLink.objects.get(key="brand-new")
    assert (changed.title["en"], changed.title["zh-hant"]) == ("Another title", "plain 的標題")
    assert {row.cloud: row.address for row in changed.addresses.all()} == {
        "commercial": "https://a.example/#/x", "gcc": "https://gcc.example/", "gcc_high": "https://{tenant}.example/",
    }  # fmt: skip
    assert (added.title, added.category, added.partner, added.position) == ({"zh-hant": "新的"}, "help", None, 13)
    (address,) = added.addresses.all()
    assert (address.cloud, address.confidence, address.verified_on) == ("dod", "H", TODAY)
    assert (
        SelfServiceLink.objects.filter(partner=None).count() == 5
    )  # those that the file does not name are there still
    by = SelfServiceLinkEvent.objects.filter(acted_by=table.sam).values_list("pgh_label", "key")
    assert sorted(by) == [("insert", "brand-new"), ("update", "plain")]
    assert counts(preview(browser, file_of([head, plain, [new[name] for name in head]]))) == (0, 0, 2, 0)


def test_versions_are_not_made_of_what_stays(as_, table):
    browser = as_(table.sam)
    head, *lines = rows_of(exported(browser))
    lines[1][1] = "Renamed"
    confirmed(browser, preview(browser, file_of([head, *lines])))
    assert [one.key for one in SelfServiceLinkEvent.objects.filter(pgh_label="update")] == ["formula"]
    assert ContentAddressEvent.objects.filter(acted_by=table.sam).count() == 0


def test_empty_cells_and_missing_columns_leave_what_is_there(as_, table):
    browser = as_(table.sam)
    assert counts(preview(browser, file_of([["Key"], ["plain"]]))) == (0, 0, 1, 0)
    assert counts(preview(browser, file_of([["Key", "Note", "Draft"], ["plain", "", "no"]]))) == (0, 0, 1, 0)


def test_exported_day_does_not_stand_for_another_address(as_, table):
    rows = ContentAddress.objects.filter(link__key="plain", cloud="commercial")
    rows.update(verified_on=TODAY - 9 * DAY)
    head, *lines = rows_of(exported(as_(table.sam)))
    line = next(one for one in lines if one[0] == "plain")
    line[head.index("Commercial: address")] = "https://new.example/"
    confirmed(as_(table.sam), preview(as_(table.sam), file_of([head, line])))
    assert [(row.address, row.verified_on) for row in rows] == [("https://new.example/", None)]


def test_another_address_is_not_verified_and_has_no_source(as_, table):
    browser = as_(table.sam)
    confirmed(browser, preview(browser, file_of([["Key", "Commercial: address"], ["plain", "https://new.example/"]])))
    row = ContentAddress.objects.get(link__key="plain", cloud="commercial")
    assert (row.address, row.source, row.confidence, row.verified_on) == ("https://new.example/", "", "M", None)


def test_managers_import_their_partners_own(as_, table):
    browser = as_(table.max)
    own = str(table.partner.pk)
    rows = [
        ["Key", "Title (English)", "Category", "Draft"],
        ["heron", "Ours", "help", "no"],
        ["more", "More", "help", "no"],
    ]
    answer = preview(browser, file_of(rows), owner=own)
    assert counts(answer) == (1, 1, 0, 0)
    confirmed(browser, answer)
    assert {one.key: str(one) for one in SelfServiceLink.objects.filter(partner=table.partner)} == {
        "heron": "Ours", "more": "More",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "owner"), [("max", "all"), ("max", "other"), ("sam", "other"), ("sam", "x"), ("root", "0")]
)
def test_nobody_imports_for_others(as_, table, name, owner):
    before = everything()
    owner = str(table.other_partner.pk) if owner == "other" else owner
    browser = as_(getattr(table, name))
    answer = preview(browser, file_of([["Key", "Title (English)"], ["owl", "Mine"]]), owner=owner)
    assert answer.text.count('name="digest"') == 0
    assert "error-summary" in answer.text
    stolen = carried(
        preview(
            as_(table.erin), file_of([["Key", "Title (English)"], ["owl", "Mine"]]), owner=str(table.other_partner.pk)
        )
    )
    as_(getattr(table, name)).post(PAGE, stolen | {"owner": owner})
    assert everything() == before


def test_agents_are_refused(as_, cast):
    browser = as_(cast.dana)
    assert [browser.get(one).status_code for one in (PAGE, EXPORT)] == [403, 403]
    assert preview(browser, file_of([["Key"]])).status_code == 403


def test_third_language_needs_no_code(as_, table, settings):
    settings.LANGUAGES = [*site.LANGUAGES, ("ja", "日本語")]
    browser = as_(table.sam)
    head, *lines = rows_of(exported(browser))
    assert head[1:4] == ["Title (English)", "Title (繁體中文)", "Title (日本語)"]
    assert len(columns()) == 29
    lines[0][3] = "日本語の題名"
    confirmed(browser, preview(browser, file_of([head, *lines])))
    assert SelfServiceLink.objects.get(key="plain").title["ja"] == "日本語の題名"


# --- What is wrong with a line ---

HEAD = ["Key", "Title (English)", "Category", "GCC: address", "GCC: source", "GCC: verified on", "Published from (UTC)", "Published until (UTC)", "Draft"]  # fmt: skip
GOOD = ["new", "Title", "help", "https://a.example/", "", "", "", "", "no"]
TOMORROW = (timezone.now() + 3 * DAY).date().isoformat()
WRONG = {
    "no key": ({0: ""}, "Key: This must not be empty."),
    "a key that is none": ({0: "a b"}, "Key: Enter a valid “slug”"),
    "a key that is too long": ({0: "x" * 61}, "Key: Longer than 60 characters."),
    "a key twice": ({0: "formula"}, "Key: Line 2 is about the same one."),
    "a partner's key": ({0: "heron"}, "Key: There is one with this key already."),
    "no title": ({1: ""}, "Title (English): This field cannot be blank."),
    "a title too long": ({1: "x" * 101}, "Title (English): Longer than 100 characters."),
    "a title that does not show": ({1: "a\u202eb"}, "Title (English): “a b” holds characters that do not show."),
    "no category": ({2: ""}, "Category: This field cannot be blank."),
    "a category that is none": ({2: "fun"}, "Category: “fun” is not known here. Known: Administer your services,"),
    "a script": ({3: "javascript:alert(1)"}, "GCC: address: An address starts with https://, not with javascript:."),
    "without https": ({3: "http://a.example/"}, "GCC: address: An address starts with https://, not with http:."),
    "another placeholder": ({3: "https://{x}.example/100%"}, "GCC: address: Unknown placeholder: {x}."),
    "a source of nothing": ({3: "", 4: "Docs"}, "GCC: address: Give the address that the source and the date are about."),
    "a day to come": ({5: TOMORROW}, "GCC: verified on: This day is still to come."),
    "a day with two readings": ({5: "05/06/2025"}, "GCC: verified on: “05/06/2025” is no date."),
    "a day that is none": ({5: "2025-02-30"}, "GCC: verified on: “2025-02-30” is no date."),
    "a moment without a time": ({6: "2026-01-01"}, "Published from (UTC): “2026-01-01” is no date with a time."),
    "a moment far away": ({6: "9999-12-31T23:59:59-12:00"}, "Published from (UTC): Dates lie between the years 2000 and 2100."),
    "an end before it begins": ({6: "2026-02-01 00:00", 7: "2026-01-01 00:00"}, "Published until (UTC): It would end before it begins."),
    "neither yes nor no": ({8: "perhaps"}, "Draft: “perhaps” is neither yes nor no."),
    "nothing at its end": ({8: ""}, "Draft: This must not be empty."),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_wrong_line_says_which_column_and_nothing_is_written(as_, table, what):
    before = everything()
    cells, expected = WRONG[what]
    line = [cells.get(place, cell) for place, cell in enumerate(GOOD)]
    right = ["formula", "Renamed", "help", "", "", "", "", "", "no"]
    browser = as_(table.sam)
    answer = preview(browser, file_of([HEAD, right, line]))
    assert counts(answer)[3] == 1
    assert [one for one in problems(answer) if one.startswith(expected)] != [], problems(answer)
    assert 'name="digest"' not in answer.text
    assert everything() == before


@pytest.mark.parametrize(("cells", "column"), [(1, "Title (English)"), (4, "GCC: source"), (8, "Draft")])
def test_half_a_row_says_where_it_ends(as_, table, cells, column):
    for line in (GOOD, ["plain", "Title", "help", "https://a.example/"] + [""] * 4 + ["no"]):
        answer = preview(as_(table.sam), file_of([HEAD, line[:cells]]))
        assert counts(answer) == (0, 0, 0, 1)
        assert f"{column}: The line ends before this column. Look whether half of it is missing." in problems(answer)


def test_more_cells_than_headings(as_, table):
    answer = preview(as_(table.sam), file_of([HEAD, [*GOOD, "x"]]))
    assert counts(answer) == (0, 0, 0, 1)


NOT_READ = {
    "nothing": (b"", "is empty"),
    "a quotation that does not end": (b'Key,Draft\r\nx,"no', "From line 2 on the quotation marks do not match."),
    "no key": (b"Title (English),Draft\r\nx,no\r\n", "A column “Key” is needed"),
    "a key twice": (b"Key,key,Draft\r\nx,y,no\r\n", "Two columns are called “Key”."),
    "no lines": (b"Key,Draft\r\n", "There is nothing below the headings."),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\0", "is not text"),
    "too many lines": (b"Key,Draft\r\n" + b"x,no\r\n" * 1001, "more than 1,000 lines"),
    "too large": (b"Key,Draft\r\n" + b"x" * 1_000_000, "larger than 1 MB"),
}


@pytest.mark.parametrize("what", NOT_READ)
def test_file_that_cannot_be_read_says_why(as_, table, what):
    content, expected = NOT_READ[what]
    answer = preview(as_(table.sam), SimpleUploadedFile("links.csv", content))
    assert answer.status_code == 200
    assert expected in answer.text.replace("&quot;", '"'), re.findall(r"error[^>]*>([^<]+)<", answer.text)
    assert "digest" not in answer.text


@pytest.mark.parametrize("name", ["links.xlsx", "links.exe", "links"])
def test_file_is_what_its_name_says(as_, table, name):
    answer = preview(as_(table.sam), SimpleUploadedFile(name, b"Key,Draft\r\nx,no\r\n"))
    assert "error-summary" in answer.text


@pytest.mark.parametrize("sent", [{}, {"owner": "all"}, {"owner": "all", "content": "%%%", "digest": "x"}, {"owner": "all", "content": "é", "name": "x.csv"}, {"owner": "all", "content": "S2V5Cng=", "name": "x.csv", "digest": "0" * 64}])  # fmt: skip
def test_post_that_means_nothing_writes_nothing(as_, table, sent):
    before = everything()
    assert as_(table.sam).post(PAGE, sent).status_code == 200
    assert everything() == before


# --- Two at once ---


def test_what_has_changed_since_the_preview_is_previewed_anew(as_, table):
    browser = as_(table.sam)
    answer = preview(browser, file_of([["Key", "Title (English)"], ["plain", "Mine"]]))
    link = SelfServiceLink.objects.get(key="plain")
    link.title["en"] = "Somebody else's"
    link.save()
    again = confirmed(browser, answer)
    assert "Somebody has changed the data since this preview." in again.text
    link.refresh_from_db()
    assert link.title["en"] == "Somebody else's"
    confirmed(browser, again)
    link.refresh_from_db()
    assert link.title["en"] == "Mine"


def test_confirming_twice_writes_once(as_, table):
    browser = as_(table.sam)
    answer = preview(browser, file_of([["Key", "Title (English)"], ["plain", "Mine"]]))
    confirmed(browser, answer)
    again = confirmed(browser, answer)
    assert "There is nothing to write" in again.text
    assert SelfServiceLinkEvent.objects.filter(pgh_label="update").count() == 1


def test_digest_is_of_all_that_is_written(as_, table):
    """What is confirmed is the file that was previewed, to the last cell of a line that is new."""
    browser = as_(table.sam)
    first = carried(preview(browser, file_of([HEAD, GOOD])))
    other = carried(preview(browser, file_of([HEAD, [*GOOD[:3], "https://evil.example/", *GOOD[4:]]])))
    answer = browser.post(PAGE, first | {"content": other["content"]})
    assert "Somebody has changed the data since this preview." in answer.text
    assert not SelfServiceLink.objects.filter(key="new").exists()

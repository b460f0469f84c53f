"""An editor verifies addresses by keyboard, takes a new one over, and edits the link table in a spreadsheet."""

import csv
import io

import pytest
from django.utils import timezone

from portal.models import CheckResult, ContentAddress, SelfServiceLink
from tests import factories

PAGE, TABLE = "/admin/content/addresses/", "/admin/portal/selfservicelink/import/"
WINDOWS = pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-TW", 375)])


@pytest.fixture
def editor(visit, live_cast, language, width):
    for key in ("one", "two", "three"):
        factories.link(key, title={"en": key, "zh-hant": key}, address_commercial=f"https://{key}.example/#/here")
    ContentAddress.objects.filter(link__key="three").update(
        check_result=CheckResult.MOVED, checked_at=timezone.now(), leads_to="https://new.example/"
    )
    visitor = visit(width=width, language=language)
    visitor.sign_in_through_the_pages(live_cast.sam)
    return visitor


def titles(visitor):
    return visitor.page.locator("[data-row] .row-title").all_text_contents()


@WINDOWS
def test_addresses_are_verified_and_taken_over(editor):
    editor.go(PAGE)
    editor.look()
    assert titles(editor) == ["one", "two", "three"]
    for _one in range(2):  # down to a row, and select it
        editor.page.keyboard.press("j")
        editor.page.keyboard.press("x")
    editor.press("[name=verify][value=selected]")
    assert titles(editor) == ["three"]
    editor.look()
    editor.press("[name=take_over]")
    editor.look()
    assert ContentAddress.objects.get(link__key="three").address == "https://new.example/"
    editor.press("[name=verify]:not([value=selected])")
    assert titles(editor) == []
    editor.look()
    assert set(ContentAddress.objects.values_list("verified_on", flat=True)) == {timezone.localdate()}


@WINDOWS
def test_table_leaves_is_edited_and_comes_back(editor):
    editor.go(TABLE)
    editor.look()
    with editor.page.expect_download() as leaving:
        editor.page.locator("a[download]").first.click()
    rows = list(csv.reader(io.StringIO(leaving.value.path().read_text(encoding="utf-8-sig"))))
    upload(editor, [*rows, ["half"]])
    editor.look()
    assert editor.page.locator("[name=digest]").count() == 0
    rows[1][1] = "renamed"
    upload(editor, rows)
    editor.look()
    assert SelfServiceLink.objects.get(key="one").title["en"] == "one"
    editor.press("form:has([name=digest]) button.button-primary")
    editor.look()
    assert SelfServiceLink.objects.get(key="one").title["en"] == "renamed"
    upload(editor, rows)
    assert editor.page.locator("[name=digest]").count() == 0
    editor.go(TABLE)
    editor.press("form[enctype] button.button-primary")
    editor.look()
    assert editor.page.locator(".error-summary").count() == 1


def upload(visitor, rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    visitor.go(TABLE)
    file = {"name": "links.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode()}
    visitor.page.set_input_files("[name=file]", file)
    visitor.press("form[enctype] button.button-primary")

"""The desk by keyboard alone: from row to row, through the steps, back to where one was; and values to copy."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from requests_app.correlation import correlation_id
from tests import factories
from tests.requests_app.desk import QUEUE, page


def three_requests(cast):
    return [
        factories.cancellation(factories.subscription(cast.customer, external_id=f"SUB-{one}"), cast.alice)
        for one in range(3)
    ]


def at_the_desk(visit, cast, language):
    cast.dana.language = "en" if language == "en" else "zh-hant"
    cast.dana.save()
    dana = visit(language=language)
    dana.sign_in(cast.dana)
    dana.go(QUEUE)
    return dana


def keys(visitor, *pressed):
    """Press keys that stay on the page."""
    for key in pressed:
        visitor.page.keyboard.press(key)


def leads_to(visitor, key, path):
    """Press a key that leads to another page; ``path``: a regular expression for the end of its address."""
    visitor.page.keyboard.press(key)
    visitor.page.wait_for_url(re.compile(path + r"(\?.*)?$"))


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_three_requests_by_keyboard_alone(visit, live_cast, language):
    filed = three_requests(live_cast)
    dana = at_the_desk(visit, live_cast, language)
    for _ in filed:
        keys(dana, "j")
        leads_to(dana, "o", "/change/")
        for key, step in (("c", "claim"), ("a", "approve")):  # what happens then, and the same key once more
            leads_to(dana, key, f"/{step}/")
            leads_to(dana, key, "/change/")
        leads_to(dana, "d", "/complete/")
        keys(dana, "i")
        while dana.page.evaluate("document.activeElement.name") != "external_reference":
            keys(dana, "Tab")
        dana.page.keyboard.type("ORDER-cadjk1")  # letters that are keys elsewhere
        leads_to(dana, "Enter", "/change/")
        leads_to(dana, "u", QUEUE)
    assert [(one.status, one.external_reference) for one in map(refreshed, filed)] == [
        ("completed", "ORDER-cadjk1")
    ] * 3


def refreshed(filed):
    filed.refresh_from_db()
    return filed


def test_focus_moves_with_the_row_and_comes_back_to_it(visit, live_cast):
    three_requests(live_cast)
    dana = at_the_desk(visit, live_cast, "en")
    focused = "document.activeElement.closest('tr')?.rowIndex"
    keys(dana, "j", "j", "k", "j", "j", "j")
    assert dana.page.evaluate(focused) == 3
    keys(dana, "x")
    assert dana.page.evaluate("document.querySelector('tr[data-current] input').checked")
    keys(dana, "k")
    leads_to(dana, "Enter", "/change/")
    keys(dana, "n")
    assert dana.page.evaluate("document.activeElement.closest('form').dataset.key") == "n"
    keys(dana, "u", "?")  # while somebody types they are letters
    assert dana.page.evaluate("document.activeElement.value") == "u?"
    dana.page.evaluate("document.activeElement.blur()")
    keys(dana, "Control+u", "Alt+u")
    assert "/change/" in dana.path()
    leads_to(dana, "u", QUEUE)
    assert dana.page.evaluate(focused) == 2
    keys(dana, "/")
    assert dana.page.evaluate("document.activeElement.id") == "searchbar"


def test_list_of_keys_is_of_this_page_and_switches_them_off(visit, live_cast):
    filed = three_requests(live_cast)[0]
    dana = at_the_desk(visit, live_cast, "en")
    dana.go(page(filed))
    keys(dana, "?")
    dialog = dana.page.locator("dialog[open]")
    told = dialog.inner_text().split("\n")
    assert [told[told.index(key) + 1] for key in "cmnu?"] == [
        "Claim", "Write to the customer", "Note for colleagues", "Back to the queue", "This list",
    ]  # fmt: skip
    assert "Next row, previous row" not in told
    found = Axe().run(dana.page)
    assert found.violations_count == 0, found.generate_report()
    dialog.get_by_label("Use these keys").uncheck()
    keys(dana, "Escape", "?", "n")
    assert dana.page.locator("dialog[open]").count() == 0
    assert dana.page.evaluate("document.activeElement.localName") != "textarea"
    dana.go(page(filed))
    keys(dana, "?")
    assert dialog.count() == 0
    dana.page.locator("[data-keys-open]").click()
    dialog.get_by_label("Use these keys").check()
    keys(dana, "Escape", "n")
    assert dana.page.evaluate("document.activeElement.localName") == "textarea"


def test_values_are_copied_and_that_is_said(visit, live_cast):
    filed = three_requests(live_cast)[1]
    dana = at_the_desk(visit, live_cast, "en")
    dana.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dana.go(page(filed))
    for label, value in (("Subscription ID", "SUB-1"), ("Correlation ID", str(correlation_id(filed.number)))):
        dana.page.get_by_role("button", name=f"Copy: {label}").click()
        dana.page.locator("[data-copy-status]", has_text=f"{label}: Copied").wait_for(state="attached")
        assert dana.page.evaluate("navigator.clipboard.readText()") == value
    dana.context.clear_permissions()
    dana.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')) }")
    dana.page.get_by_role("button", name="Copy: Subscription ID").click()
    dana.page.locator("[data-copy-status]", has_text="Subscription ID: Not copied").wait_for(state="attached")
    assert dana.page.evaluate("getSelection().toString()") == "SUB-1"

"""Customers of two clouds, in two languages, read and hide what they are told; an editor schedules and previews by keyboard."""

import datetime

import pytest
from django.utils import timezone

from portal.lib.clouds import Cloud
from portal.models import Announcement, AnnouncementRead, Level
from tests import factories
from tests.e2e.conftest import Visitor
from tests.portal.test_messages import pk_of

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def said(live_cast):
    live_cast.foreign_customer.cloud = Cloud.GCC_HIGH
    live_cast.foreign_customer.save()
    factories.announcement("commercial", level=Level.URGENT, clouds=[Cloud.COMMERCIAL], services=["teams"])
    factories.announcement("government", level=Level.URGENT, clouds=[Cloud.GCC_HIGH])
    factories.announcement("all", level=Level.WARNING, publish_from=timezone.now() - 2 * HOUR)
    return live_cast


def tab_to(visitor, selector):
    """Press Tab until something that matches has the focus."""
    for _ in range(60):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab on {visitor.page.url}")


CUSTOMERS = {
    "alice": ("en", "Title of commercial", "Title of government", "Text of commercial", 1280),
    "frank": ("zh-TW", "government 的標題", "commercial 的標題", "government 的內容", 375),
}


@pytest.mark.parametrize("name", CUSTOMERS)
def test_customer_reads_and_hides_by_keyboard(visit, said, name):
    language, own, foreign, text, width = CUSTOMERS[name]
    reader = visit(language=language, width=width)
    reader.sign_in(getattr(said, name))
    assert reader.page.locator(".urgent a").first.text_content() == own
    assert foreign not in reader.page.locator("body").inner_text()
    reader.look()
    tab_to(reader, ".urgent button")
    with reader.page.expect_navigation():
        reader.page.keyboard.press("Enter")
    assert (reader.path(), reader.page.locator(".urgent").count()) == ("/", 0)
    assert reader.page.locator("[data-news-count]").text_content() == "2"
    reader.go("/messages/")
    reader.look()
    tab_to(reader, "summary")  # the menus of the header are some, too
    for _ in range(10):
        if reader.page.evaluate("() => Boolean(document.activeElement.closest('[data-announcement]'))"):
            break
        tab_to(reader, "summary")
    with reader.page.expect_response(lambda answer: answer.url.endswith("/read/")):
        reader.page.keyboard.press("Enter")
    reader.page.wait_for_function("() => document.querySelector('[data-news-count]').textContent === '1'")
    assert text in reader.page.locator("[data-announcement][open]").inner_text()
    assert reader.page.locator("[data-announcement][open] [data-unread]").count() == 0
    reader.look()
    reader.go("/messages/?unread=1")
    assert reader.page.locator("[data-announcement]").count() == 1
    reader.press("[data-read-all] button")
    assert reader.page.locator("[data-news-count]").count() == 0
    reader.go("/messages/?unread=1")
    reader.look()


def test_page_of_a_message_notes_that_it_was_read(visit, said):
    reader = visit()
    reader.sign_in(said.alice)
    with reader.page.expect_response(lambda answer: answer.url.endswith("/read/")):
        reader.go(f"/messages/{pk_of('all')}/")
    reader.page.wait_for_function("() => !document.querySelector('[data-unread]')")
    assert AnnouncementRead.objects.get().user == said.alice
    reader.look()


def test_without_javascript_the_button_notes_it(browser, live_server, said, settings, looked_at):
    settings.SITE_URL = live_server.url

    context = browser.new_context(java_script_enabled=False)
    reader = Visitor(context, live_server.url, "en", looked_at)
    reader.sign_in(said.alice)
    reader.go(f"/messages/{pk_of('all')}/")
    assert not AnnouncementRead.objects.exists()
    reader.press("[data-read-form] button")
    assert reader.path() == f"/messages/{pk_of('all')}/"
    assert reader.page.locator("[data-unread], [data-read-form]").count() == 0
    reader.press(".urgent button")
    assert (reader.path(), reader.page.locator(".urgent").count()) == (f"/messages/{pk_of('all')}/", 0)
    assert reader.complaints == []
    context.close()


def test_editor_schedules_and_previews_by_keyboard(visit, said):
    editor = visit()
    editor.sign_in_through_the_pages(said.max)
    editor.go("/admin/portal/announcement/")
    editor.look()
    tab_to(editor, "a[href$='/announcement/add/']")
    with editor.page.expect_navigation():
        editor.page.keyboard.press("Enter")
    editor.look()
    tomorrow = timezone.localtime() + datetime.timedelta(days=1)
    for name, value in (("title_en", "Maintenance"), ("title_zh-hant", "維護"), ("body_en", "We are closed.")):
        editor.page.focus(f"[name={name}]")
        editor.page.keyboard.type(value)
    editor.page.focus(f"[name=customers][value='{said.customer.pk}']")
    editor.page.keyboard.press("Space")
    editor.page.fill("[name=publish_from]", tomorrow.strftime("%Y-%m-%dT%H:%M"))
    tab_to(editor, "[name=_save]")
    with editor.page.expect_navigation():
        editor.page.keyboard.press("Enter")
    row = editor.page.locator("#result_list tbody tr").first.inner_text()
    assert [one for one in ("Maintenance", "1 customer", "scheduled") if one not in row] == []
    editor.go("/admin/content/preview/")
    assert "Maintenance" not in editor.page.locator("main").inner_text()
    editor.page.fill("[name=at]", (tomorrow + HOUR).strftime("%Y-%m-%dT%H:%M"))
    editor.page.select_option("main [name=language]", "zh-hant")
    editor.press("form[method=get] button")
    assert "維護" in editor.page.locator("main").inner_text()
    editor.look()
    made = Announcement.objects.get(title__en="Maintenance")
    assert (made.customers, made.state(timezone.now())) == ([said.customer.pk], "scheduled")
    editor.go(f"/admin/portal/announcement/{made.pk}/change/")
    editor.page.fill("[name=publish_until]", "2026-01-01T00:00")
    tab_to(editor, "[name=_save]")
    with editor.page.expect_navigation():
        editor.page.keyboard.press("Enter")
    assert "It would end before it begins." in editor.page.locator("main").inner_text()
    editor.look()
    editor.go(f"/admin/portal/announcement/{made.pk}/history/")
    editor.look()

"""An editor schedules, looks at what customers will read, puts links in order by keyboard and mouse, and goes back."""

import datetime

import pytest
from django.utils import timezone

from portal.models import SelfServiceLink
from tests import factories

LINKS = "/admin/portal/selfservicelink/"


def names(visitor):
    return visitor.page.locator("[data-ordered-name]").all_text_contents()


@pytest.fixture
def sam(visit, live_cast):
    for key in ("one", "two", "three"):
        factories.link(key, title={"en": key, "zh-hant": key}, address_commercial=f"https://{key}.example")
    editor = visit()
    editor.sign_in_through_the_pages(live_cast.sam)
    return editor


def test_order_by_keyboard_is_saved_once(sam):
    sam.go(f"{LINKS}order/")
    sam.page.locator("[data-move=up]").nth(2).focus()
    sam.page.keyboard.press("Enter")
    sam.page.keyboard.press("Enter")
    assert names(sam) == ["three", "one", "two"]
    assert sam.page.locator("[data-said]").text_content() == "three: place 1 of 3. Not saved yet."
    assert sam.page.evaluate("document.activeElement.textContent.trim()") == "Move three up"
    assert SelfServiceLink.objects.first().key == "one"
    sam.press("[data-save]")
    assert [link.key for link in SelfServiceLink.objects.all()] == ["three", "one", "two"]
    sam.look()


def test_order_by_mouse(sam):
    sam.go(f"{LINKS}order/")
    first, last = (sam.page.locator(".handle").nth(at).bounding_box() for at in (0, 2))
    mouse = sam.page.mouse
    mouse.move(first["x"] + 5, first["y"] + 5)
    mouse.down()
    mouse.move(last["x"] + 5, last["y"] + last["height"], steps=6)
    mouse.up()
    assert names(sam) == ["two", "three", "one"]
    sam.press("[data-save]")
    assert [link.key for link in SelfServiceLink.objects.all()] == ["two", "three", "one"]


def test_link_is_scheduled_previewed_and_brought_back(sam, live_cast):
    link = SelfServiceLink.objects.get(key="two")
    tomorrow = timezone.localtime() + datetime.timedelta(days=1)
    sam.go(f"{LINKS}{link.pk}/change/")
    sam.page.fill("[name=title_en]", "Renamed")
    sam.page.fill("[name=publish_from]", tomorrow.strftime("%Y-%m-%dT%H:%M"))
    sam.press("[name=_save]")
    assert "scheduled" in sam.page.locator("#result_list").inner_text()
    sam.go("/admin/content/preview/")
    assert sam.page.locator(".links a").all_text_contents() == ["one ", "three "]
    sam.page.fill("[name=at]", (tomorrow + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
    sam.press("form[method=get] button")
    assert sam.page.locator(".links a").all_text_contents() == ["one ", "Renamed ", "three "]
    sam.look()
    sam.go(f"{LINKS}{link.pk}/history/")
    sam.press(".version form button")
    assert "It is as it was in version 2." in sam.page.locator("main").inner_text()
    sam.look()
    link.refresh_from_db()
    assert (str(link.title), link.publish_from is not None) == ("two", True)

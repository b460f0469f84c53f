"""What customers read, in a real browser: as customers of two clouds in two languages, and as who writes it."""

import io

import pytest
from PIL import Image

from portal.content.initial_links import add_missing_links
from portal.content.initial_resources import add_missing_resources
from portal.lib.clouds import Cloud
from portal.models import ArticleVerdict, Picture, SupportResource
from tests import factories
from tests.e2e.test_help_first import focus

ARTICLE = {
    "en": "# First\n\nA text with a [page](https://learn.microsoft.com/a) and `code`.\n\n## Second\n\n- one\n- two\n\n"
    "# Third\n\n| Seats | When |\n|--:|:-:|\n| 5 | a very long cell "
    + "that goes on and on " * 12
    + "|\n\n# Fourth\n\n> Q",
    "zh-hant": "# 第一\n\n一段文字，[網頁](https://learn.microsoft.com/a)。\n\n## 第二\n\n1. 一\n2. 二\n\n# 第三\n\n# 第四",
}

PEOPLE = {
    # cloud, language, width: where Exchange and service health are
    "in Taipei": (Cloud.COMMERCIAL, "zh-TW", 1280, "https://admin.exchange.microsoft.com", "https://admin.microsoft.com/#/servicehealth"),
    "in Taipei, on a phone": (Cloud.COMMERCIAL, "zh-TW", 375, "https://admin.exchange.microsoft.com", "https://admin.microsoft.com/#/servicehealth"),
    "in GCC High": (Cloud.GCC_HIGH, "en", 1280, "https://admin.exchange.office365.us", "https://portal.office365.us/adminportal/home#/servicehealth"),
}  # fmt: skip


@pytest.mark.parametrize("who", PEOPLE)
def test_customer_finds_the_exchange_admin_center_and_service_health(visit, live_cast, who):
    cloud, language, width, exchange, health = PEOPLE[who]
    add_missing_links()
    add_missing_resources()
    live_cast.customer.cloud = cloud
    live_cast.customer.save()
    factories.subscription(live_cast.customer, factories.product(services=["exchange"]))
    alice = visit(width=width, language=language)
    alice.sign_in(live_cast.alice)
    alice.look()
    # By the navigation
    alice.press('nav a[href="/self-service/"]')
    alice.look()
    assert alice.page.locator("#link-exchange-admin-center a").get_attribute("href") == exchange
    assert alice.page.locator("#link-service-health a").get_attribute("href") == health
    # By typing
    if width < 640:
        alice.press('a[href="/search/"]')
        alice.look()
    field = alice.page.locator("[data-search] input:visible").first
    for words, address in (("exchange", exchange), ("健康" if language == "zh-TW" else "health", health)):
        field.fill(words)
        options = alice.page.locator("[data-found]:visible [role=option]")
        options.first.wait_for()
        assert options.first.get_attribute("href") == address
        alice.look()
        field.fill("")
        alice.page.locator("[data-found]:visible").wait_for(state="hidden")


def test_search_by_keyboard(visit, live_cast):
    add_missing_links()
    subscription = factories.subscription(live_cast.customer, friendly_name="Sales team")
    alice = visit()
    alice.sign_in(live_cast.alice)
    focus(alice, "#search-header")
    alice.page.keyboard.type("sa")
    said = alice.page.locator(".search-header [data-said]")
    alice.page.wait_for_function("() => document.querySelector('.search-header [data-said]').textContent")
    assert "Down arrow to choose." in said.text_content()
    alice.page.keyboard.type("les t")
    alice.page.locator(f'[role=option][href$="/subscriptions/{subscription.pk}/"]').wait_for()
    field = alice.page.locator("#search-header")
    assert field.get_attribute("aria-expanded") == "true"
    alice.page.keyboard.press("ArrowDown")
    chosen = alice.page.locator(f"#{field.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    alice.page.keyboard.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") is None
    alice.page.keyboard.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    assert field.input_value() == "sales t"
    alice.page.keyboard.type("e")
    alice.page.locator("[data-found]:visible").wait_for()
    alice.page.keyboard.press("ArrowDown")
    with alice.page.expect_navigation():
        alice.page.keyboard.press("Enter")
    assert alice.path() == f"/subscriptions/{subscription.pk}/"
    # Without choosing, Enter opens the page with all of it.
    focus(alice, "#search-header")
    alice.page.keyboard.type("xyzzy")
    with alice.page.expect_navigation():
        alice.page.keyboard.press("Enter")
    assert alice.path() == "/search/?q=xyzzy"
    assert "Nothing was found" in alice.page.locator("main").inner_text()
    alice.look()


def test_search_without_javascript(browser, live_server, live_cast):
    add_missing_links()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("[name=login]", live_cast.bob.email)
    page.fill("[name=password]", factories.PASSWORD)
    with page.expect_navigation():
        page.locator("main form button").first.click()
    page.fill("#search-header", "exchange")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("#found-links a").first.get_attribute("href") == "https://admin.exchange.microsoft.com"
    context.close()


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-TW", 375)])
def test_article_is_read_and_judged(visit, live_cast, language, width):
    factories.resource(
        "x", body=ARTICLE, services=["exchange"], address_commercial="https://admin.exchange.microsoft.com"
    )
    factories.resource("y", services=["exchange"])
    carol = visit(width=width, language=language)
    carol.sign_in(live_cast.carol)
    carol.go("/support/")
    carol.look()
    carol.press('main a[href="/help/x/"]')
    carol.look()
    carol.page.locator(".contents a").nth(2).click()
    assert carol.page.evaluate("decodeURI(location.hash)") == (
        "#section-third" if language == "en" else "#section-第三"
    )
    carol.press("button[value=no]")
    assert carol.path() == "/help/x/#verdict"
    carol.look()
    carol.press("button[value=yes]")
    carol.look()
    assert [one.helped for one in ArticleVerdict.objects.all()] == [True]


def test_editor_adds_a_picture_and_sees_how_the_article_reads(visit, live_cast, tmp_path):
    resource = factories.resource("x")
    drawn = io.BytesIO()
    Image.new("RGB", (300, 200), (40, 80, 160)).save(drawn, "PNG")
    file = tmp_path / "Free seats.png"
    file.write_bytes(drawn.getvalue())
    sam = visit()
    sam.sign_in_through_the_pages(live_cast.sam)
    sam.go("/admin/portal/picture/add/")
    sam.look()
    sam.page.set_input_files("[name=file]", file)
    sam.page.fill("[name=alt_en]", "Free seats")
    sam.page.fill("[name=alt_zh-hant]", "未使用的授權")
    sam.press("[name=_save]")
    sam.look()
    assert Picture.objects.get().key == "free-seats"
    sam.press("#result_list tbody a")
    sam.look()
    sam.go(f"/admin/portal/supportresource/{resource.pk}/change/")
    sam.page.fill("[name=body_en]", "# Seats\n\n![](image:free-seats)\n\n<script>alert(1)</script>")
    sam.page.locator("[data-show-article]").focus()
    sam.page.keyboard.press("Enter")
    sam.page.locator("[data-article-shown] img").wait_for()
    assert "Line 5: HTML is not taken" in sam.page.locator("[data-article-shown]").inner_text()
    sam.look()
    sam.page.fill("[name=body_en]", "# Seats\n\n![](image:free-seats)")
    sam.page.locator("[data-article-shown] .notice").wait_for(state="detached")
    assert sam.path() == f"/admin/portal/supportresource/{resource.pk}/change/"
    sam.press("[name=_save]")
    assert SupportResource.objects.get().body["en"].startswith("# Seats")
    alice = visit()
    alice.sign_in(live_cast.alice)
    alice.go("/help/x/")
    shown = alice.page.locator(".article img")
    assert shown.evaluate("one => one.complete && one.naturalWidth") == 300
    alice.look()

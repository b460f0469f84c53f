"""Help before asking, in a real browser: by keyboard, on a phone, in both languages, with and without JavaScript."""

from urllib.parse import parse_qs, urlsplit

import pytest

from portal.models import HelpAnswer
from requests_app.models import SubscriptionRequest
from tests import factories


def resources():
    for position, key in enumerate(("one", "two", "three")):
        factories.resource(
            key,
            position=position,
            title={"en": f"Title of {key}", "zh-hant": f"{key} 的標題"},
            summary={"en": "A summary " * 12, "zh-hant": "說明文字" * 20},
            body={"en": "Long text. " * 80 + "\n\nAnother paragraph.", "zh-hant": "很長的內容。" * 80},
            address_commercial="https://a-very-long-host-name.of-some-product.admin.example/#/deep/page",
        )


def read_in(address):
    return parse_qs(urlsplit(address).query).get("read", [])


def focus(visitor, selector, limit=80):
    """Press Tab until the focus is on the element, as somebody without a mouse does."""
    wanted = visitor.page.locator(selector).first
    for _ in range(limit):
        visitor.page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{selector} is not reached by keyboard")


def follow(visitor, selector):
    focus(visitor, selector)
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-TW", 375), ("en", 320)])
def test_from_a_subscription_through_help_to_the_form_by_keyboard(visit, live_cast, language, width):
    resources()
    subscription = factories.subscription(live_cast.customer, friendly_name="Power BI for sales")
    alice = visit(width=width, language=language)
    alice.sign_in(live_cast.alice)
    alice.go(f"/subscriptions/{subscription.pk}/")
    follow(alice, 'main a[href^="/ask/cancellation/"]')
    assert alice.path() == f"/ask/cancellation/?subscription={subscription.pk}"
    alice.look()
    for key in ("two", "one"):
        summary = f'[data-read="{key}"] summary'
        alice.page.locator("main").focus()
        focus(alice, summary)
        alice.page.keyboard.press("Enter")
        alice.page.locator(f'form#answered a[href*="read={key}"]').wait_for()
    alice.look()
    alice.page.locator("main").focus()
    follow(alice, "form#answered a[data-go-on]")
    assert urlsplit(alice.page.url).path == "/requests/new/cancellation/"
    assert read_in(alice.page.url) == ["two", "one"]
    assert alice.page.input_value("[name=subscription]") == str(subscription.pk)
    # On the way back it is as it was left, and closing something does not unread it.
    alice.back()
    assert read_in(alice.page.url) == ["two", "one"]
    alice.page.locator('[data-read="two"][open]').wait_for()
    alice.page.locator('[data-read="one"] summary').click()
    assert read_in(alice.page.locator("form#answered a").get_attribute("href")) == ["two", "one"]
    assert HelpAnswer.objects.count() == SubscriptionRequest.objects.count() == 0


@pytest.mark.parametrize("width", [1280, 375])
def test_this_answered_it(visit, live_cast, width):
    resources()
    subscription = factories.subscription(live_cast.customer)
    bob = visit(width=width)
    bob.sign_in(live_cast.bob)
    bob.go(f"/ask/cancellation/?subscription={subscription.pk}")
    bob.page.locator('[data-read="three"] summary').click()
    bob.press('[data-read="three"] button[name=resource]')
    assert bob.path() == f"/subscriptions/{subscription.pk}/"
    bob.look()
    assert "Nothing was sent to your partner" in bob.page.locator(".messages").inner_text()
    assert [(one.resource.key, one.user) for one in HelpAnswer.objects.all()] == [("three", live_cast.bob)]
    bob.back()
    bob.press("form#answered button")
    assert HelpAnswer.objects.count() == 1


def test_without_javascript_what_was_opened_last_goes_along(browser, live_server, live_cast):
    resources()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("[name=login]", live_cast.bob.email)
    page.fill("[name=password]", factories.PASSWORD)
    with page.expect_navigation():
        page.locator("main form button").first.click()
    page.goto(f"{live_server.url}/ask/purchase/")
    assert not page.locator('[data-read="two"] p').first.is_visible()
    page.locator('[data-read="two"] summary').click()
    assert page.locator('[data-read="two"] p').first.is_visible()
    assert read_in(page.locator("form#answered a").get_attribute("href")) == []  # shown is not read
    with page.expect_navigation():
        page.locator('[data-read="two"] a[data-go-on]').click()
    assert page.url == f"{live_server.url}/requests/new/purchase/?read=two"
    page.go_back()
    page.locator('[data-read="one"] summary').click()
    with page.expect_navigation():
        page.locator('[data-read="one"] button').click()
    assert page.url == f"{live_server.url}/"
    assert HelpAnswer.objects.get().resource.key == "one"
    context.close()

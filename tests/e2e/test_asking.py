"""Each kind of request from the customer's side, with JavaScript and without: shown what will happen, then filed."""

import pytest
from playwright.sync_api import expect

from requests_app.models import SubscriptionRequest
from tests import factories

FILL_IN = {
    "cancellation": [("click", "label[for=id_when_0]"), ("fill", "[name=reason]", "只需要一半的授權數")],
    "more_seats": [("fill", "[name=seats]", "5"), ("fill", "[name=note]", "一月起")],
    "fewer_seats": [("fill", "[name=seats]", "5")],
    "end_of_term": [
        ("click", "label[for=id_choice_1]"),
        ("fill", "[name=renewal_quantity]", "20"),
        ("select_option", "[name=renewal_billing_cycle]", "annual"),
    ],
}
SEND = "form.form button.button-primary"
every_kind = pytest.mark.parametrize("kind", FILL_IN)
both = pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-TW", 375)])


def fill_in(page, kind):
    for action, *arguments in FILL_IN[kind]:
        getattr(page, action)(*arguments)


@both
@every_kind
def test_asking_shows_what_will_happen_and_sends_with_one_press(visit, live_cast, kind, language, width):
    live_cast.bob.language = {"en": "en", "zh-TW": "zh-hant"}[language]
    live_cast.bob.save()
    subscription = factories.subscription(live_cast.customer, friendly_name="Power BI for sales 業務部")
    bob = visit(width=width, language=language)
    bob.sign_in(live_cast.bob)
    bob.go("/subscriptions/")
    bob.press(f'main a[href="/ask/{kind}/?subscription={subscription.pk}"]')
    bob.look()
    fill_in(bob.page, kind)
    bob.wait_for_preview()
    expect(bob.page.locator("[data-preview-panel] .outcome-verdict")).to_be_visible()
    bob.look()
    bob.press(SEND)
    filed = SubscriptionRequest.objects.get()
    assert (bob.path(), filed.kind) == (f"/requests/{filed.number}/", kind)
    bob.go(f"/subscriptions/{subscription.pk}/")
    bob.look()
    assert filed.number in bob.page.locator("main").inner_text()


@both
@every_kind
def test_asking_without_javascript_shows_what_will_happen_on_the_next_page(
    browser, live_server, live_cast, kind, language, width
):
    live_cast.bob.language = {"en": "en", "zh-TW": "zh-hant"}[language]
    live_cast.bob.save()
    subscription = factories.subscription(live_cast.customer)
    context = browser.new_context(java_script_enabled=False, locale=language, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("[name=login]", live_cast.bob.email)
    page.fill("[name=password]", factories.PASSWORD)
    with page.expect_navigation():
        page.locator("main form button").first.click()
    page.goto(f"{live_server.url}/requests/new/{kind}/?subscription={subscription.pk}")
    assert page.locator(".outcome-verdict").count() == 0
    fill_in(page, kind)
    with page.expect_navigation():
        page.locator(SEND).click()
    assert (page.locator(".outcome-verdict").count(), SubscriptionRequest.objects.count()) == (1, 0)
    with page.expect_navigation():
        page.locator(SEND).click()
    filed = SubscriptionRequest.objects.get()
    assert page.url == f"{live_server.url}/requests/{filed.number}/"
    context.close()


def test_preview_follows_what_is_filled_in_and_says_what_is_missing(visit, live_cast):
    subscription = factories.subscription(live_cast.customer)
    bob = visit()
    bob.sign_in(live_cast.bob)
    bob.go(f"/requests/new/fewer_seats/?subscription={subscription.pk}")
    panel = bob.page.locator("[data-preview-panel]")
    expect(panel).to_contain_text("Say how many seats.")
    bob.page.fill("[name=seats]", "5")
    expect(panel).to_contain_text("25 now, 20 afterwards")
    bob.page.fill("[name=seats]", "25")
    expect(panel).to_contain_text("To give all of them back, ask to cancel it.")
    bob.page.fill("[name=seats]", "4")
    expect(panel).to_contain_text("25 now, 21 afterwards")
    bob.press(SEND)
    assert SubscriptionRequest.objects.get().seats == 4


def test_form_sent_before_the_preview_has_come_is_shown_it_first(visit, live_cast):
    subscription = factories.subscription(live_cast.customer)
    bob = visit()
    bob.sign_in(live_cast.bob)
    bob.page.route("**/preview/**", lambda route: route.abort())
    bob.go(f"/requests/new/more_seats/?subscription={subscription.pk}")
    bob.page.fill("[name=seats]", "5")
    expect(bob.page.locator("[data-preview-panel]")).to_contain_text("could not be fetched")
    bob.press(SEND)
    assert SubscriptionRequest.objects.count() == 0
    expect(bob.page.locator(".preview")).to_contain_text("Nothing has been sent yet")
    expect(bob.page.locator("[data-preview-panel]")).to_contain_text("25 now, 30 afterwards")
    bob.press(SEND)
    assert SubscriptionRequest.objects.get().seats == 5

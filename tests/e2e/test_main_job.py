"""The main job, as people do it: a customer asks to cancel, the partner works it, the customer sees it done."""

import pytest

from requests_app.models import SubscriptionRequest, SubscriptionStatus
from tests import factories

WORDS = {
    "en": {"html": "en", "done": "Done by your partner", "mail": "was done by", "asked": "Ask to cancel"},
    "zh-TW": {"html": "zh-hant", "done": "合作夥伴已完成", "mail": "已完成", "asked": "申請取消"},
}


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-TW", 375), ("en", 320)])
def test_cancellation_from_asking_to_done(visit, live_cast, worker, language, width):
    words = WORDS[language]
    for person in (live_cast.alice, live_cast.dana):
        person.language = words["html"]
        person.save()
    subscription = factories.subscription(live_cast.customer, friendly_name="Power BI for sales")

    # The customer finds the subscription and asks.
    alice = visit(width=width, language=language)
    alice.go("/")
    alice.look()
    alice.sign_in_through_the_pages(live_cast.alice)
    assert alice.path() == "/"
    assert alice.page.locator("html").get_attribute("lang") == words["html"]
    alice.look()
    alice.go("/subscriptions/")
    alice.look()
    assert words["asked"] in alice.page.content()
    alice.press(f'main a[href="/ask/cancellation/?subscription={subscription.pk}"]')
    assert alice.path() == f"/requests/new/cancellation/?subscription={subscription.pk}"  # no help fits
    alice.look()
    alice.page.click("label[for=id_when_0]")
    with_error = alice.page.locator("form.form button.button-primary")
    with alice.page.expect_navigation():
        with_error.click()
    assert alice.page.locator("[name=reason]").get_attribute("aria-invalid") == "true"
    alice.look()
    assert alice.page.is_checked("[name=when][value=now]")
    alice.wait_for_preview()
    alice.page.fill("[name=reason]", "只需要一半的授權數")
    alice.press("form.form button.button-primary")
    filed = SubscriptionRequest.objects.get()
    assert alice.path() == f"/requests/{filed.number}/"
    alice.look()
    assert sorted(message.to[0] for message in worker()) == [
        "alice@example.com", "dana@example.com", "max@example.com",
    ]  # fmt: skip

    # The agent finds it in the queue, claims, approves and completes it.
    dana = visit(width=width, language=language)
    dana.sign_in_through_the_pages(live_cast.dana)
    assert dana.path() == "/admin/"
    dana.look()
    dana.go("/admin/requests_app/subscriptionrequest/")
    dana.look()
    detail = f"/admin/requests_app/subscriptionrequest/{filed.pk}/change/"
    dana.press(f'.queue-rows a[href^="{detail}"]')
    for step in ("claim", "approve", "complete"):
        dana.look()
        dana.press(f'#content a[href$="/{filed.pk}/{step}/?view="]')
        dana.look()
        if step == "complete":
            dana.page.fill("[name=external_reference]", "ORDER-2026-7")
        dana.press("form[data-once] .actions button")
        assert dana.path() == f"{detail}?view="
        (message,) = worker()
        assert message.to == ["alice@example.com"]
        assert filed.number in message.subject
    dana.look()
    assert words["mail"] in message.subject

    # The customer sees it done, and the subscription among those that have ended.
    alice.go(f"/requests/{filed.number}/")
    alice.look()
    assert words["done"] in alice.page.locator("main").inner_text()
    subscription.refresh_from_db()
    assert subscription.status == SubscriptionStatus.DELETED
    alice.go("/subscriptions/?show=ended")
    alice.look()
    assert "Power BI for sales" in alice.page.locator("main").inner_text()


def test_purchase_of_two_products_with_javascript(visit, live_cast):
    offers = [factories.offer(live_cast.partner) for _ in range(2)]
    bob = visit()
    bob.sign_in(live_cast.bob)
    bob.go("/requests/new/purchase/")
    bob.look()
    bob.page.select_option("[name=lines-0-offer]", str(offers[0].pk))
    bob.page.fill("[name=lines-0-quantity]", "25")
    bob.page.locator("[name=add_line]").click()
    bob.page.select_option("[name=lines-1-offer]", str(offers[1].pk))
    bob.page.fill("[name=lines-1-quantity]", "3")
    bob.look()
    bob.wait_for_preview()
    bob.page.fill("[name=note]", "From January on")
    bob.press("form.form button.button-primary")
    filed = SubscriptionRequest.objects.get()
    assert bob.path() == f"/requests/{filed.number}/"
    assert [(line.offer, line.quantity) for line in filed.lines.all()] == [(offers[0], 25), (offers[1], 3)]
    bob.look()


def test_main_job_works_without_javascript(browser, live_server, live_cast):
    subscription = factories.subscription(live_cast.customer)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("[name=login]", live_cast.bob.email)
    page.fill("[name=password]", factories.PASSWORD)
    with page.expect_navigation():
        page.locator("main form button").first.click()
    page.goto(f"{live_server.url}/requests/new/cancellation/?subscription={subscription.pk}")
    page.click("label[for=id_when_1]")
    page.fill("[name=reason]", "We moved to another plan")
    with page.expect_navigation():
        page.locator("form.form button.button-primary").click()
    assert SubscriptionRequest.objects.count() == 0
    with page.expect_navigation():
        page.locator("form.form button.button-primary").click()
    filed = SubscriptionRequest.objects.get()
    assert page.url == f"{live_server.url}/requests/{filed.number}/"
    context.close()


def test_language_and_theme_stay_where_one_is(visit, live_cast):
    alice = visit()
    alice.sign_in(live_cast.alice)
    alice.go("/subscriptions/?show=ended")
    alice.page.locator('form[action="/language/"] button').first.click()
    alice.page.wait_for_function("document.documentElement.lang === 'zh-hant'")
    assert alice.path() == "/subscriptions/?show=ended"
    alice.look()
    live_cast.alice.refresh_from_db()
    assert live_cast.alice.language == "zh-hant"


def test_form_survives_a_change_of_language_and_is_sent_once_from_the_way_back(visit, live_cast):
    """What was typed stays over the language switch; Back and Send again lead to the request that was sent."""
    offer = factories.offer(live_cast.partner)
    bob = visit()
    bob.sign_in(live_cast.bob)
    bob.go("/requests/new/purchase/")
    bob.page.select_option("[name=lines-0-offer]", str(offer.pk))
    bob.page.fill("[name=lines-0-quantity]", "25")
    bob.page.fill("[name=note]", "一月起 from January")
    for language in ("zh-hant", "en"):
        bob.press("[data-language-form] button")
        bob.page.wait_for_function(f"document.documentElement.lang === '{language}'")
        bob.page.wait_for_function("document.querySelector('[name=note]').value !== ''")
        assert bob.page.input_value("[name=lines-0-quantity]") == "25"
    bob.wait_for_preview()
    bob.press("form.form button.button-primary")
    filed = SubscriptionRequest.objects.get()
    bob.back()
    bob.page.wait_for_function("document.querySelector('[name=note]').value !== ''")
    bob.press("form.form button.button-primary")
    assert bob.path() == f"/requests/{filed.number}/"
    assert SubscriptionRequest.objects.count() == 1
    assert "You have sent this form already" in bob.page.locator(".messages").inner_text()


def test_form_sent_after_the_session_ended_comes_back(visit, live_cast):
    subscription = factories.subscription(live_cast.customer)
    bob = visit(width=375)
    bob.sign_in(live_cast.bob)
    bob.go(f"/requests/new/cancellation/?subscription={subscription.pk}")
    bob.page.click("label[for=id_when_1]")
    bob.page.fill("[name=reason]", "We moved to another plan")
    bob.context.clear_cookies(name="sessionid")
    bob.press("form.form button.button-primary")
    assert bob.path().startswith("/accounts/login/")
    bob.look()
    bob.page.fill("[name=login]", live_cast.bob.email)
    bob.page.fill("[name=password]", factories.PASSWORD)
    bob.press("main form button")
    assert bob.page.input_value("[name=reason]") == "We moved to another plan"
    assert bob.page.is_checked("[name=when][value=end_of_term]")
    bob.look()
    bob.wait_for_preview()
    bob.press("form.form button.button-primary")
    assert SubscriptionRequest.objects.get().note == "We moved to another plan"

"""What renews when, in a browser: both languages, a phone and a desk, and the keyboard."""

import datetime

import pytest
from django.utils import timezone

from requests_app import workflow
from requests_app.models import EndOfTermChoice
from tests import factories


def ending(cast, days, **fields):
    end = timezone.now().date() + datetime.timedelta(days=days)
    start = end - datetime.timedelta(days=364)
    return factories.subscription(cast.customer, commitment_end_date=end, effective_start_date=start, **fields)


@pytest.fixture
def full(live_cast):
    """One of everything that the page can say, and a question that waits."""
    ending(live_cast, 3, friendly_name="新廠專案 New plant", auto_renew_enabled=False)
    ending(live_cast, 20)
    ending(live_cast, 21, status="suspended", arranged_at_end_of_term=EndOfTermChoice.RENEW)
    ending(live_cast, 40, arranged_at_end_of_term="renew_changed", scheduled_quantity=9)
    over = ending(live_cast, 50)
    over.ends_on = over.commitment_end_date
    over.save()
    factories.cancellation(ending(live_cast, 70), live_cast.bob)
    workflow.submit_end_of_term(ending(live_cast, 80), choice=EndOfTermChoice.RENEW, actor=live_cast.bob)
    factories.in_status(
        factories.purchase(live_cast.customer, live_cast.bob), "waiting", agent=live_cast.dana, author=live_cast.bob
    )
    return live_cast


@pytest.mark.parametrize("name", ["bob", "carol"])
@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-TW", 375), ("en", 800)])
def test_renewals_and_home_are_clean(visit, full, name, language, width):
    visitor = visit(width=width, language=language)
    visitor.sign_in(getattr(full, name))
    for page in ("/renewals/", "/"):
        visitor.go(page)
        visitor.look()


def test_from_the_mail_of_the_day_to_asking(visit, full, worker):
    """The mail's link to a form, opened before signing in, leads there afterwards, with the subscription chosen."""
    from requests_app import renewals

    subscription = renewals.undecided(full.customer.subscriptions.all(), timezone.now().date()).latest("pk")
    bob = visit()
    bob.go(renewals.ask_links(subscription).cancel)
    assert bob.path().startswith("/accounts/login/?next=")
    bob.page.fill("[name=login]", full.bob.email)
    bob.page.fill("[name=password]", factories.PASSWORD)
    bob.press("main form button")
    assert bob.path() == renewals.ask_links(subscription).cancel
    bob.look()


def test_question_on_the_home_page_is_reached_by_keyboard(visit, full):
    bob = visit()
    bob.sign_in(full.bob)
    answer = bob.page.get_by_role("link", name="Answer R-")
    answer.focus()
    with bob.page.expect_navigation():
        bob.page.keyboard.press("Enter")
    assert bob.path().endswith("#answer")

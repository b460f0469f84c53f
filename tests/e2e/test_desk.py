"""The partner's whole job for each kind of request, in both languages: asking back, failing and trying again included."""

import datetime

import pytest

from requests_app import workflow
from requests_app.models import CancellationPolicy, EndOfTermChoice, Kind, SubscriptionRequest
from tests import factories
from tests.requests_app.desk import QUEUE, page


def filed_of(cast, kind):
    subscription = factories.subscription(cast.customer, friendly_name="Power BI for sales", external_id="SUB-1")
    alice = cast.alice
    make = {
        Kind.PURCHASE: lambda: factories.purchase(cast.customer, alice),
        Kind.CANCELLATION: lambda: factories.cancellation(subscription, alice),
        Kind.MORE_SEATS: lambda: workflow.submit_more_seats(subscription, seats=5, actor=alice, note="Spring"),
        Kind.FEWER_SEATS: lambda: workflow.submit_fewer_seats(subscription, seats=5, actor=alice, note="Autumn"),
        Kind.END_OF_TERM: lambda: workflow.submit_end_of_term(
            subscription,
            choice=EndOfTermChoice.RENEW_CHANGED,
            changes=workflow.RenewalChanges(quantity=20),
            actor=alice,
        ),
    }
    return make[kind]()


TYPED = {
    "ask_customer": {"question": "For which department? 哪個部門？"},
    "fail": {"reason": "Partner Center answered with an error."},
    "complete": {"external_reference": "ORDER-2026-7"},
}
STEPS = [
    ("claim", "in_review"), ("ask_customer", "waiting"), ("answer", "in_review"), ("approve", "approved"),
    ("fail", "failed"), ("retry", "approved"), ("complete", "completed"),
]  # fmt: skip


WIDE, NARROW = ("en", 1280), ("zh-TW", 375)
"""Each kind of request is worked in one of them; what the steps look like hardly depends on the kind."""


@pytest.mark.parametrize(
    ("kind", "language", "width"),
    [
        (Kind.PURCHASE, *WIDE),
        (Kind.PURCHASE, *NARROW),
        (Kind.CANCELLATION, *NARROW),
        (Kind.MORE_SEATS, *WIDE),
        (Kind.FEWER_SEATS, *NARROW),
        (Kind.END_OF_TERM, *WIDE),
    ],
    ids=str,
)
def test_the_partners_whole_job(visit, live_cast, kind, language, width):
    live_cast.dana.language = "en" if language == "en" else "zh-hant"
    live_cast.dana.save()
    filed = filed_of(live_cast, Kind(kind))
    dana = visit(width=width, language=language)
    dana.sign_in(live_cast.dana)
    dana.go(QUEUE)
    dana.look()
    dana.press(f'[data-row] a[href^="{page(filed)}"]')
    dana.look()
    for step, status in STEPS:
        if step == "answer":
            workflow.answer(filed, actor=live_cast.alice, text="Sales 業務部")
            dana.go(page(filed))
            assert "Sales 業務部" in dana.page.locator(".timeline").inner_text()
        else:
            looks_new = kind == Kind.PURCHASE or step == "complete"  # the other steps look the same for every kind
            if looks_new:
                dana.look()
            dana.press(f'#content a[href^="{page(filed, step)}"]')
            if looks_new:
                dana.look()
            for name, value in TYPED.get(step, {}).items():
                dana.page.fill(f"[name={name}]", value)
            dana.press("form[data-once] .actions button")
            assert dana.path() in (page(filed), f"{page(filed)}?view=")  # within the view, where it was opened from one
        filed.refresh_from_db()
        assert filed.status == status
    dana.look()
    assert SubscriptionRequest.objects.get().external_reference == "ORDER-2026-7"


@pytest.mark.parametrize(("language", "width"), [WIDE, NARROW])
def test_talking_and_handing_over(visit, live_cast, language, width):
    live_cast.dana.language = "en" if language == "en" else "zh-hant"
    live_cast.dana.save()
    filed = workflow.claim(filed_of(live_cast, Kind.CANCELLATION), actor=live_cast.dana)
    dana = visit(width=width, language=language)
    dana.sign_in(live_cast.dana)
    dana.go(page(filed))
    for action, text in (("message", "We are on it 處理中"), ("note", "Only for us 內部")):
        form = f'form[action="{page(filed, action)}"]'
        dana.press(f"{form} button")  # without a text: what is missing is told
        dana.look()
        dana.page.fill("[name=text]", text)
        dana.press("form[data-once] .actions button")
        assert dana.path() == page(filed)
        assert text in dana.page.locator(".timeline").inner_text()
    dana.press(f'#content a[href="{page(filed, "reassign")}"]')
    dana.look()
    dana.page.select_option("[name=assignee]", str(live_cast.max.pk))
    dana.press("form[data-once] .actions button")
    filed.refresh_from_db()
    assert filed.assignee == live_cast.max
    dana.look()


@pytest.mark.parametrize(("language", "width"), [WIDE, NARROW])
def test_a_manager_keeps_windows_and_holidays(visit, live_cast, language, width):
    live_cast.max.language = "en" if language == "en" else "zh-hant"
    live_cast.max.save()
    subscription = factories.subscription(live_cast.customer)
    CancellationPolicy.objects.create(  # the database of these tests begins without rules
        product_type="license_based", in_force_from=datetime.date(2020, 1, 1), window_hours=168, source="A page"
    )
    max_ = visit(width=width, language=language)
    max_.sign_in(live_cast.max)
    max_.go(f"/admin/requests_app/subscription/{subscription.pk}/change/")
    max_.look()
    max_.page.fill("[name=batches-0-quantity]", "5")
    max_.page.fill("[name=batches-0-added_at]", subscription.effective_start_date.strftime("%Y-%m-%dT10:00:00"))
    max_.page.check("[name=batches-0-cancellation_date_is_estimate]")
    max_.press("[name=_continue]")
    batch = subscription.batches.get()
    assert (batch.cancellation_allowed_until - batch.added_at).days == 7
    max_.look()
    for address in ("/admin/accounts/partnerholiday/add/", f"/admin/accounts/partner/{live_cast.partner.pk}/change/"):
        max_.go(address)
        max_.look()

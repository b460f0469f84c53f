"""Every kind of page in a real browser, light and dark: axe finds nothing, nothing overflows, the console is silent."""

import pytest
from django.utils import timezone

from accounts import invitations, mail
from accounts.models import OutgoingMail
from tests import factories

ADMIN = "/admin"


def rows(cast):
    """Make one of everything; return the addresses of the pages that each side opens."""
    subscription = factories.subscription(cast.customer, friendly_name="Power BI for sales 業務部")
    shut = factories.subscription(cast.customer, cancellation_allowed_until=None, auto_renew_enabled=False)
    filed = [factories.cancellation(subscription, cast.alice), factories.purchase(cast.customer, cast.bob)]
    declined = factories.purchase(cast.customer, cast.bob)
    factories.in_status(declined, "declined", agent=cast.dana, author=cast.bob)
    done = factories.purchase(cast.customer, cast.bob)
    factories.in_status(done, "completed", agent=cast.dana, author=cast.bob)
    link = factories.link(
        "exchange",
        title={"en": "Exchange admin center", "zh-hant": "Exchange 系統管理中心"},
        category="configure",
        service="exchange",
        address_commercial="https://admin.exchange.microsoft.com",
    )
    resource = factories.resource(
        "licences",
        title={"en": "See which licences are still free", "zh-hant": "查看還有哪些授權未使用"},
        summary={"en": "Look before you buy.", "zh-hant": "購買之前先確認。"},
        body={"en": "First paragraph.\n\n# Heading\n\nSecond one.", "zh-hant": "第一段。\n\n第二段。"},
        address_commercial="https://admin.microsoft.com",
    )
    invitation = invitations.invite(cast.customer, email="new@example.com", role="viewer", actor=cast.alice)
    offer, product = factories.offer(cast.partner), factories.product()
    mail.queue(mail.Message("Subject", "text", "", "request"), recipient="nobody@example.com")
    failed = OutgoingMail.objects.latest("pk")
    OutgoingMail.objects.filter(pk=failed.pk).update(failed_at=timezone.now(), last_error="550 5.1.1 no such mailbox")
    request_page = f"{ADMIN}/requests_app/subscriptionrequest"
    return {
        "": ["/", "/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/signup/"],
        "alice": [
            "/", "/subscriptions/", "/subscriptions/?show=ended", f"/subscriptions/{subscription.pk}/",
            f"/subscriptions/{shut.pk}/", "/requests/", "/requests/?show=open",
            *(f"/requests/{one.number}/" for one in (*filed, declined, done)),
            "/ask/purchase/", f"/ask/cancellation/?subscription={shut.pk}&read=licences", "/help/licences/",
            "/requests/new/purchase/", f"/requests/new/cancellation/?subscription={shut.pk}", "/people/", "/people/invite/",
            *(f"/requests/new/{kind}/?subscription={shut.pk}&seats=3&choice=renew_changed" for kind in ("more_seats", "fewer_seats", "end_of_term")),
            "/self-service/", "/support/", "/support/?service=exchange", "/search/", "/search/?q=exchange", "/search/?q=xyzzy",
            "/me/settings/", "/accounts/email/", "/accounts/password/change/", "/accounts/logout/", "/nowhere/",
        ],
        "carol": ["/", "/subscriptions/", "/renewals/", "/requests/new/purchase/", "/people/"],
        "max": [
            f"{ADMIN}/", f"{ADMIN}/figures/", f"{ADMIN}/figures/?period=year", f"{ADMIN}/figures/?first=2026-02-01&last=2026-01-01",
            f"{request_page}/", f"{request_page}/?show=closed", f"{request_page}/?q=nothing",
            *(f"{request_page}/{one.pk}/change/" for one in (*filed, declined, done)),
            f"{request_page}/{filed[0].pk}/claim/", f"{request_page}/{filed[0].pk}/history/",
            *(
                f"{ADMIN}/{model}/{page}"
                for model, one in (
                    ("accounts/customer", cast.customer), ("requests_app/subscription", subscription),
                    ("requests_app/offer", offer), ("accounts/invitation", invitation),
                )
                for page in ("", "add/", f"{one.pk}/change/", f"{one.pk}/history/")
            ),
            *(f"{ADMIN}/accounts/invitation/{invitation.pk}/{step}/" for step in ("resend", "revoke")),
            f"{ADMIN}/accounts/customermembership/",
            f"{ADMIN}/accounts/customermembership/{cast.customer.memberships.exclude(role='admin').first().pk}/change/",
            f"{ADMIN}/accounts/customermembership/{cast.customer.memberships.exclude(role='admin').first().pk}/delete/",
            f"{ADMIN}/requests_app/product/", f"{ADMIN}/requests_app/product/{product.pk}/change/",
        ],
        "sam": [
            *(f"{ADMIN}/accounts/delivery/{one}" for one in ("", "?show=waiting", "?show=sent", "?show=all")),
            *(f"{ADMIN}/accounts/delivery/{failed.pk}/{one}/" for one in ("change", "send-again", "history")),
            f"{ADMIN}/", f"{ADMIN}/portal/selfservicelink/", f"{ADMIN}/portal/selfservicelink/add/",
            f"{ADMIN}/portal/selfservicelink/{link.pk}/change/", f"{ADMIN}/portal/selfservicelink/{link.pk}/delete/",
            f"{ADMIN}/portal/supportresource/", f"{ADMIN}/portal/supportresource/add/", "/help/licences/",
            f"{ADMIN}/portal/supportresource/{resource.pk}/change/",
            *(f"{ADMIN}/portal/{page}" for page in ("selfservicelink/order/", "supportresource/order/", f"selfservicelink/{link.pk}/history/")),
            f"{ADMIN}/portal/picture/", f"{ADMIN}/portal/picture/add/",
            f"{ADMIN}/content/addresses/", f"{ADMIN}/portal/selfservicelink/import/",
            f"{ADMIN}/content/preview/", f"{ADMIN}/content/preview/?cloud=gcc&language=zh-hant&services=azure",
            f"{ADMIN}/requests_app/product/{product.pk}/change/", f"{ADMIN}/accounts/user/",
            f"{ADMIN}/accounts/user/{cast.alice.pk}/change/", f"{ADMIN}/accounts/partner/",
            f"{ADMIN}/accounts/partner/{cast.partner.pk}/change/", f"{ADMIN}/accounts/invitation/add/",
        ],
    }  # fmt: skip


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-TW", 375)])
@pytest.mark.parametrize("name", ["", "alice", "carol", "max", "sam"])
def test_every_page_is_clean(visit, live_cast, name, language, width):
    pages = rows(live_cast)[name]
    visitor = visit(width=width, language=language)
    if name:
        visitor.sign_in_through_the_pages(getattr(live_cast, name))
    for page in pages:
        visitor.go(page)
        visitor.look()


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_pages_of_an_empty_site_are_clean(visit, live_cast, language):
    alice = visit(language=language)
    alice.sign_in(live_cast.alice)
    for page in (
        "/",
        "/subscriptions/",
        "/renewals/",
        "/requests/",
        "/requests/new/purchase/",
        "/requests/new/cancellation/",
    ):
        alice.go(page)
        alice.look()
    max_ = visit(language=language, width=375)
    max_.sign_in(live_cast.max)
    for page in (
        "/admin/",
        "/admin/figures/",
        "/admin/requests_app/subscriptionrequest/",
        "/admin/requests_app/offer/",
    ):
        max_.go(page)
        max_.look()


def test_password_is_set_through_the_mailed_link(visit, live_cast, worker):
    import re

    alice = visit(width=375)
    alice.go("/accounts/password/reset/")
    alice.page.fill("[name=email]", live_cast.alice.email)
    alice.press("main form button")
    alice.look()
    (message,) = worker()
    alice.page.goto(re.search(r"http://\S+/password/reset/key/\S+", message.body).group())
    alice.look()
    for field in ("password1", "password2"):
        alice.page.fill(f"[name={field}]", "another-horse-battery")
    alice.press("main form button")
    alice.look()
    alice.go("/accounts/login/")
    alice.page.fill("[name=login]", live_cast.alice.email)
    alice.page.fill("[name=password]", "another-horse-battery")
    alice.press("main form button")
    assert alice.path() == "/"

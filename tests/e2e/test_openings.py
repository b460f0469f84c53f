"""What a browser tells of what is opened, and the page that sums it up, in a real browser."""

import time

import pytest
from django.utils import timezone

from portal.content.openings import record_opening
from portal.models import ContentOpening
from tests import factories


def told(count):
    """Return what has been told once there is so much of it; the browser tells it beside everything else."""
    for _try in range(50):
        found = list(ContentOpening.objects.order_by("pk"))
        if len(found) >= count:
            return [(one.link and one.link.key) or one.resource.key for one in found]
        time.sleep(0.1)
    raise AssertionError(f"{len(found)} of {count} openings were told")


def test_press_on_a_link_and_unfolding_are_counted_once_and_lead_on(visit, live_cast):
    factories.link("admin", address_commercial="https://admin.example/")
    factories.resource("help")
    alice = visit()
    alice.page.context.route("https://admin.example/", lambda route: route.fulfill(body="there"))
    alice.sign_in(live_cast.alice)
    for _again in range(2):
        alice.go("/")
        with alice.page.expect_navigation():
            alice.page.locator('a[data-opens^="link:"]').click()
        assert alice.page.url == "https://admin.example/"
    assert told(1) == ["admin"]
    alice.go("/ask/purchase/")
    alice.page.locator("[data-read=help] summary").click()
    assert told(2) == ["admin", "help"]
    alice.go("/help/help/")
    alice.page.wait_for_load_state("networkidle")
    assert told(2) == ["admin", "help"]
    opening = ContentOpening.objects.first()
    assert (opening.user, opening.customer, opening.day) == (
        live_cast.alice, live_cast.customer, timezone.now().date(),
    )  # fmt: skip


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-TW", 375)])
def test_manager_reads_what_content_does_and_keeps_the_partners_page(visit, live_cast, language, width):
    for number in range(3):
        link = factories.link(f"link-{number}", address_commercial="https://admin.example/")
        record_opening(link, customer=live_cast.customer, reader=live_cast.alice, now=timezone.now())
    max_ = visit(width=width, language=language)
    max_.sign_in(live_cast.max)
    max_.go("/admin/content/effects/")
    max_.look()
    max_.page.locator("details.figure-table summary").first.click()
    max_.look()
    max_.go("/admin/")
    with max_.page.expect_navigation():
        max_.page.locator(f'.tiles a[href$="/partner/{live_cast.partner.pk}/change/"]').click()
    max_.look()
    max_.page.fill("#id_phone", "+886 2 0100 0000")
    max_.page.check('input[name=languages][value="nan"]')
    max_.page.fill("#id_closes_at", "08:00")
    with max_.page.expect_navigation():
        max_.page.locator("[name=_continue]").click()
    assert max_.page.locator("#id_closes_at[aria-invalid=true]").count() == 1
    max_.look()
    max_.page.fill("#id_closes_at", "17:00")
    with max_.page.expect_navigation():
        max_.page.locator("[name=_continue]").click()
    assert max_.page.locator('a[href="tel:+886201000000"]').count() == 2
    max_.look()

"""An invitation, as people meet it: an admin sends it, the worker mails it, a colleague accepts it on a phone."""

import re

from accounts.models import CustomerMembership, Invitation, User
from tests import factories

PASSWORD = "another-horse-battery"


def link_in(message):
    return re.search(r"http://\S+/invitation/\S+", message.body).group()


def test_colleague_is_invited_and_comes_in_on_a_phone(visit, live_cast, worker):
    alice = visit()
    alice.sign_in(live_cast.alice)
    alice.press('.site-nav a[href="/people/"]')
    alice.look()
    alice.press('a[href="/people/invite/"]')
    alice.look()
    alice.press("form.form button.button-primary")
    assert alice.page.locator("[name=email]").get_attribute("aria-invalid") == "true"
    alice.look()
    alice.page.fill("[name=email]", "hana@example.com")
    alice.page.fill("[name=name]", "Hana")
    alice.page.click("label[for=id_role_0]")
    alice.page.select_option("select[name=language]", "zh-hant")
    alice.press("form.form button.button-primary")
    assert alice.path() == "/people/"
    alice.look()
    (message,) = worker()
    assert message.to == ["hana@example.com"]

    hana = visit(width=375, language="zh-TW")
    hana.page.goto(link_in(message))
    assert hana.page.locator("html").get_attribute("lang") == "zh-hant"
    hana.look()
    hana.page.fill("[name=name]", "高涵娜")
    hana.page.fill("[name=password1]", PASSWORD)
    hana.page.fill("[name=password2]", PASSWORD[:-1])
    hana.press("main form button")
    assert hana.page.locator("[name=password2]").get_attribute("aria-invalid") == "true"
    assert hana.page.input_value("[name=name]") == "高涵娜"
    hana.look()
    for field in ("password1", "password2"):
        hana.page.fill(f"[name={field}]", PASSWORD)
    hana.press("main form button")
    assert hana.path() == "/"
    assert "Victoria Dental" in hana.page.locator(".messages").inner_text()
    hana.look()
    made = CustomerMembership.objects.get(user__email="hana@example.com")
    assert (made.customer, made.role, made.user.name) == (live_cast.customer, "viewer", "高涵娜")
    hana.go("/people/")
    hana.look()
    hana.page.goto(link_in(message))  # the link a second time
    hana.look()

    alice.go("/people/")
    row = alice.page.locator("tr", has_text="hana@example.com")
    assert "高涵娜" in row.inner_text()
    with alice.page.expect_navigation():
        row.locator("a", has_text="Change role").click()
    alice.look()
    alice.page.click("label[for=id_role_2]")
    alice.press("form.form button.button-primary")
    made.refresh_from_db()
    assert made.role == "admin"
    hana.go("/people/invite/")
    assert hana.path() == "/people/invite/"
    hana.look()
    alice.press(f'a[href="/people/{made.pk}/remove/"]')
    alice.look()
    alice.press("main form button.button-danger")
    alice.look()
    hana.go("/people/")
    hana.look()
    assert not User.objects.get(email="hana@example.com").customer_memberships.exists()


def test_every_other_page_of_an_invitation(visit, live_cast, worker):
    max_ = visit()
    max_.sign_in(live_cast.max)
    max_.go("/admin/accounts/invitation/")
    max_.look()
    max_.go("/admin/accounts/invitation/add/")
    max_.page.select_option("[name=organisation]", f"customer-{live_cast.customer.pk}")
    max_.page.fill("[name=email]", live_cast.frank.email)
    max_.page.select_option("[name=role]", "admin")
    max_.look()
    max_.press("[name=_save]")
    max_.look()
    (message,) = worker()

    stranger = visit(width=375)
    stranger.go("/invitation/nonsense/")
    stranger.look()
    stranger.page.goto(link_in(message))
    stranger.look()
    stranger.press("main a.button-primary")
    assert stranger.path().startswith("/accounts/login/?next=/invitation/") or "%2Finvitation%2F" in stranger.path()
    stranger.page.fill("[name=login]", live_cast.frank.email)
    stranger.page.fill("[name=password]", factories.PASSWORD)
    stranger.press("main form button")
    assert stranger.path().startswith("/invitation/")
    stranger.look()

    erin = visit(width=375, language="zh-TW")
    erin.sign_in(live_cast.erin)
    erin.page.goto(link_in(message))
    erin.look()

    sent = Invitation.objects.get()
    for step in ("resend", "revoke"):
        max_.go(f"/admin/accounts/invitation/{sent.pk}/{step}/")
        max_.look()
    max_.press("form.card button")
    max_.look()
    stranger.press("main form button")
    stranger.look()
    assert not live_cast.frank.customer_memberships.filter(customer=live_cast.customer).exists()


def test_people_of_one_alone_and_the_switch(visit, live_cast):
    live_cast.foreign_customer.tenant_id = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    live_cast.foreign_customer.save()
    frank = visit(width=375)
    frank.sign_in(live_cast.frank)
    frank.go("/people/")
    frank.look()
    frank.press('form[action="/people/joining/"] button')
    frank.look()
    live_cast.foreign_customer.refresh_from_db()
    assert live_cast.foreign_customer.tenant_may_join is True
    own = live_cast.frank.customer_memberships.get()
    for page in ("role", "remove"):
        frank.go(f"/people/{own.pk}/{page}/")
        frank.look()

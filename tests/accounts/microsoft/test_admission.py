"""Who gets in with Microsoft, who does not, and as what."""

import itertools

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client

from accounts.models import CustomerMembership, FormerMember, PartnerMembership, User
from portal.lib.clouds import Cloud
from tests import factories
from tests.accounts.microsoft.conftest import Browser
from tests.conftest import make_cast
from tests.entra import OBJECT, OTHER_TENANT, TENANT, path_of
from tests.requests_app.test_concurrency import PEOPLE, at_once

UID = f"{TENANT}:{OBJECT}"


def connected(person, uid=UID):
    return SocialAccount.objects.create(user=person, provider="microsoft-global", uid=uid)


def roles(person):
    return set(CustomerMembership.objects.filter(user=person).values_list("customer__name", "role"))


def everything():
    return {
        model.__name__: sorted(model.objects.values_list())
        for model in (User, SocialAccount, SocialToken, EmailAddress, CustomerMembership, FormerMember)
    }


@pytest.fixture
def stays_out(browser):
    """``stays_out()`` tries to sign in: nobody is signed in, nothing is written, the page says no more than to anybody."""

    def check(slug="global"):
        before = everything()
        answer = browser.finish(browser.start(slug))
        assert (answer.status_code, browser.user_id(), everything()) == (403, None, before)
        assert "This Microsoft account opens nothing here yet" in answer.text
        return answer

    return check


def test_connected_account_signs_in_whatever_its_address_says_now(browser, cast, entra):
    connected(cast.alice)
    entra.person(cast.frank.email, xms_edov=False)
    answer = browser.sign_in()
    assert (answer.status_code, answer.url, browser.user_id()) == (302, "/", str(cast.alice.pk))
    assert SocialToken.objects.count() == 0


def test_sign_in_leads_to_the_page_that_was_asked_for(browser, cast):
    connected(cast.alice)
    assert browser.sign_in(next="/subscriptions/").url == "/subscriptions/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_next_never_leads_away_from_the_site(browser, cast, target):
    connected(cast.alice)
    assert browser.sign_in(next=target).url == "/"


def test_same_object_in_another_tenant_is_somebody_else(cast, entra, stays_out):
    connected(cast.alice)
    entra.person(tenant=OTHER_TENANT)
    stays_out()


def test_same_uid_at_another_authority_is_somebody_else(cast, entra, settings, stays_out):
    connected(cast.alice)
    settings.MICROSOFT_SIGN_IN = {"us": entra.settings()}
    stays_out("us")


def test_sign_in_with_another_account_changes_the_person(browser, cast):
    connected(cast.alice)
    browser.client.force_login(cast.bob)
    browser.sign_in()
    assert browser.user_id() == str(cast.alice.pk)


def test_strange_account_leaves_whoever_is_signed_in_alone(browser, cast):
    browser.client.force_login(cast.bob)
    answer = browser.sign_in()
    assert (answer.status_code, browser.user_id()) == (403, str(cast.bob.pk))
    assert 'href="/accounts/microsoft/"' in answer.text


# --- Known by address ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vouched", [True, 1, "1", "true"])
def test_address_that_microsoft_vouches_for_opens_the_account_in_the_companys_tenant(
    browser, cast, tenant, entra, vouched
):
    EmailAddress.objects.filter(user=cast.bob).delete()
    entra.person("BOB@example.com", xms_edov=vouched)
    assert browser.sign_in().status_code == 302
    assert browser.user_id() == str(cast.bob.pk)
    account = SocialAccount.objects.get()
    assert (account.user, account.uid, account.extra_data) == (cast.bob, UID, {"username": "BOB@example.com"})
    assert roles(cast.bob) == {("Victoria Dental", "requester")}


@pytest.mark.parametrize("claims", [{"xms_edov": False}, {"xms_edov": None}, {"xms_edov": "0"}, {"xms_edov": [True]}, {"email": None}, {"email": "no address"}, {"acct": 1}])  # fmt: skip
def test_address_that_is_not_proved_opens_nothing(cast, tenant, entra, stays_out, claims):
    entra.person(**({"email": cast.bob.email} | claims))
    stays_out()


def test_address_from_a_foreign_tenant_opens_nothing(cast, tenant, entra, stays_out):
    entra.person(cast.bob.email, tenant=OTHER_TENANT)
    stays_out()


def test_tenant_in_another_cloud_opens_nothing(cast, tenant, entra, stays_out):
    tenant.cloud = Cloud.GCC_HIGH
    tenant.save()
    entra.person(cast.bob.email)
    stays_out()


@pytest.mark.parametrize(
    "reach",
    [
        lambda cast: CustomerMembership.objects.create(user=cast.bob, customer=cast.sibling, role="viewer"),
        lambda cast: PartnerMembership.objects.create(user=cast.bob, partner=cast.partner, role="agent"),
        lambda cast: User.objects.filter(pk=cast.bob.pk).update(is_staff=True),
        lambda cast: User.objects.filter(pk=cast.bob.pk).update(is_superuser=True),
        lambda cast: User.objects.filter(pk=cast.bob.pk).update(is_active=False),
        lambda cast: CustomerMembership.objects.filter(user=cast.bob).delete(),
        lambda cast: connected(cast.bob, f"{TENANT}:{TENANT}"),
    ],
    ids=["other company", "desk", "staff", "superuser", "inactive", "removed", "connected otherwise"],
)
@pytest.mark.parametrize("may_join", [False, True])
def test_address_opens_no_account_that_reaches_further_or_is_somebody_elses(
    cast, tenant, entra, stays_out, reach, may_join
):
    tenant.tenant_may_join = may_join
    tenant.save()
    reach(cast)
    entra.person(cast.bob.email)
    stays_out()


def test_page_is_the_same_whether_the_address_is_known_or_not(cast, entra, stays_out):
    entra.person(cast.bob.email, preferred_username="x")
    known = stays_out()
    entra.person("nobody@example.com", preferred_username="x")
    assert known.context["advice"] == (unknown := stays_out()).context["advice"]
    assert len(known.text) == len(unknown.text)


# --- People of a tenant that may join --------------------------------------------------------------------------


@pytest.fixture
def may_join(tenant):
    tenant.tenant_may_join = True
    tenant.save()
    return tenant


def test_unknown_person_becomes_a_viewer_of_each_record_of_their_company(browser, cast, may_join, entra):
    factories.customer(cast.other_partner, "Victoria too", tenant_id=TENANT, tenant_may_join=True)
    factories.customer(factories.partner("Third"), "Victoria shut", tenant_id=TENANT)
    assert browser.sign_in().url == "/"
    person = User.objects.get(email="new@victoria.example")
    assert browser.user_id() == str(person.pk)
    assert roles(person) == {("Victoria Dental", "viewer"), ("Victoria too", "viewer")}
    assert (person.name, person.has_usable_password(), person.is_staff) == ("New Person", False, False)
    assert EmailAddress.objects.get(user=person).verified


def test_unknown_person_stays_out_where_the_switch_is_off(tenant, stays_out):
    stays_out()


@pytest.mark.parametrize("claims", [{"tenant": OTHER_TENANT}, {"xms_edov": False}, {"email": None}, {"acct": 1}])
def test_unknown_person_without_tenant_or_address_stays_out(may_join, entra, stays_out, claims):
    entra.person(**claims)
    stays_out()


def test_unknown_person_stays_out_where_the_tenant_is_in_another_cloud(may_join, stays_out):
    may_join.cloud = Cloud.DOD
    may_join.save()
    stays_out()


def test_unknown_person_of_the_us_government_joins_through_its_authority(browser, may_join, entra, settings):
    settings.MICROSOFT_SIGN_IN = {"us": entra.settings()}
    may_join.cloud = Cloud.DOD
    may_join.save()
    assert browser.finish(browser.start("us")).url == "/"
    assert SocialAccount.objects.get().provider == "microsoft-us"


def test_unknown_person_without_a_name_is_called_by_their_address(browser, may_join, entra):
    entra.person(name="\x00\n")
    browser.sign_in()
    assert User.objects.get(email="new@victoria.example").name == "new"


def test_connected_person_joins_when_the_switch_is_turned_on(browser, cast, tenant):
    connected(cast.charlie)
    browser.sign_in()
    assert roles(cast.charlie) == {("Sibling Foods", "admin")}
    tenant.tenant_may_join = True
    tenant.save()
    browser.sign_in()
    assert roles(cast.charlie) == {("Sibling Foods", "admin"), ("Victoria Dental", "viewer")}


def test_guest_of_the_tenant_does_not_join(browser, cast, may_join, entra):
    connected(cast.charlie)
    entra.person(acct=1)
    assert browser.sign_in().status_code == 302
    assert roles(cast.charlie) == {("Sibling Foods", "admin")}


def test_role_that_somebody_has_is_left_alone(browser, cast, may_join):
    connected(cast.alice)
    browser.sign_in()
    assert roles(cast.alice) == {("Victoria Dental", "admin")}


def test_removed_person_signs_in_but_does_not_come_back(browser, cast, may_join):
    connected(cast.alice)
    browser.client.force_login(cast.max)
    membership = cast.alice.customer_memberships.get()
    CustomerMembership.objects.create(user=cast.frank, customer=may_join, role="admin")
    browser.client.post(f"/admin/accounts/customermembership/{membership.pk}/delete/", {"post": "yes"})
    browser.client.logout()
    assert browser.sign_in().status_code == 302
    assert (browser.user_id(), roles(cast.alice)) == (str(cast.alice.pk), set())


def test_removed_person_who_is_added_again_may_be_removed_and_added_once_more(cast, tenant):
    for _time in range(2):
        CustomerMembership.objects.filter(user=cast.bob).delete()
        assert FormerMember.objects.get().user == cast.bob
        CustomerMembership.objects.create(user=cast.bob, customer=tenant)
        assert not FormerMember.objects.exists()


def test_inactive_person_neither_gets_in_nor_joins(browser, cast, may_join):
    connected(cast.charlie)
    User.objects.filter(pk=cast.charlie.pk).update(is_active=False)
    answer = browser.sign_in()
    assert (answer.url, browser.user_id()) == ("/accounts/inactive/", None)
    assert roles(cast.charlie) == {("Sibling Foods", "admin")}


def test_pending_change_to_an_address_gives_way_to_whom_microsoft_vouches_for(browser, cast, may_join):
    EmailAddress.objects.create(user=cast.frank, email="new@victoria.example", verified=False)
    browser.sign_in()
    assert EmailAddress.objects.get(email="new@victoria.example").user_id == int(browser.user_id())


def several_windows(entra, persons):
    """Sign in in several windows at the same moment; return the answers' statuses."""
    windows = [Browser(entra, Client()) for _window in range(PEOPLE)]
    backs = [path_of(entra.approve(window.start())) for window in windows]
    turn = itertools.cycle(persons)
    entra.sign = lambda claims: entra.sign_well(claims | next(turn))
    return [answer.status_code for answer in at_once(lambda number: windows[number].client.get(backs[number]))]


@pytest.mark.django_db(transaction=True)
def test_first_sign_in_in_several_windows_makes_one_person(entra):
    customer = make_cast().customer
    customer.tenant_id, customer.tenant_may_join = TENANT, True
    customer.save()
    for number in range(2):
        email, oid = f"{number}@victoria.example", f"{OBJECT[:-1]}{number}"
        assert several_windows(entra, [{"email": email, "oid": oid}]) == [302] * PEOPLE
        person = User.objects.get(email=email)
        assert roles(person) == {("Victoria Dental", "viewer")}
        assert SocialAccount.objects.get(user=person).uid == f"{TENANT}:{oid}"


@pytest.mark.django_db(transaction=True)
def test_two_accounts_with_one_address_make_one_person(entra):
    customer = make_cast().customer
    customer.tenant_id, customer.tenant_may_join = TENANT, True
    customer.save()
    for number in range(2):
        email = f"{number}@victoria.example"
        persons = [{"email": email, "oid": f"{OBJECT[:-2]}{number}{half}"} for half in range(2)]
        statuses = several_windows(entra, persons)
        assert statuses.count(302) == PEOPLE // 2
        assert set(statuses) <= {302, 400, 403}
        assert SocialAccount.objects.filter(user__email=email).count() == 1

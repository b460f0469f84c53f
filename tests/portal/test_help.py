"""Help before asking: what fits, who sees it, where the way on leads, what is counted, and what the desk reads of it."""

import datetime
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Customer, CustomerMembership
from portal import help as support
from portal.lib.clouds import Cloud
from portal.models import HelpAnswer, SupportResource
from requests_app.models import Kind, SubscriptionRequest
from tests import factories
from tests.factories import resource
from tests.surface.pages import forms, links

BUY, CANCEL = "/ask/purchase/", "/ask/cancellation/"
BUY_FORM, CANCEL_FORM = "/requests/new/purchase/", "/requests/new/cancellation/"


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def keys(kind, customer, subscription=None):
    return [one.key for one in support.resources_before(kind, customer, subscription, timezone.now())]


def opened(page):
    """Return the keys of what unfolds on a help page, in its order, and of what is unfolded already."""
    details = [one.split('"', 1) for one in page.text.split('<details class="unfold" data-read="')[1:]]
    return [key for key, _rest in details], [key for key, rest in details if rest.split(">", 1)[0].endswith(" open")]


def ways_on(page):
    """Return where the links on to the form lead, the last one being the page's own."""
    return [link for link in links(page.text, page.request["PATH_INFO"]) if link.startswith("/requests/new/")]


# --- What fits -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_resources_are_those_of_the_kind(cast):
    resource("each")
    resource("buying", kinds=["purchase", "more_seats"])
    resource("leaving", kinds=["cancellation"])
    resource("hidden", is_draft=True)
    assert {kind: keys(kind, cast.customer) for kind in Kind} == {
        "purchase": ["each", "buying"],
        "cancellation": ["each", "leaving"],
        "more_seats": ["each", "buying"],
        "fewer_seats": ["each"],
        "end_of_term": ["each"],
    }


@pytest.mark.django_db
def test_resources_of_the_subscriptions_services_come_first_else_those_of_what_is_owned(cast):
    resource("general", position=1)
    resource("mail", services=["exchange"], position=3)
    resource("files", services=["sharepoint", "teams"], position=2)
    resource("azure", services=["azure"], position=4)
    suite = factories.subscription(cast.customer, factories.product(services=["exchange", "teams"]))
    azure = factories.subscription(cast.customer, factories.product(services=["azure"]))
    bare = factories.subscription(cast.customer, factories.product(services=[]))
    ended = factories.subscription(cast.sibling, factories.product(services=["exchange"]), status="deleted")
    assert keys("cancellation", cast.customer, suite) == ["files", "mail", "general"]
    assert keys("cancellation", cast.customer, azure) == ["azure", "general"]
    assert keys("cancellation", cast.customer, bare) == ["general"]
    assert keys("cancellation", cast.customer) == ["files", "mail", "azure", "general"]
    assert keys("cancellation", cast.sibling, ended) == ["mail", "general"]
    assert keys("purchase", cast.sibling) == ["general"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cloud", "tenant", "fitting"),
    [
        (Cloud.COMMERCIAL, "", {"both": "https://both.example", "text": "", "link": "https://link.example"}),
        (Cloud.GCC, "", {"both": "", "text": ""}),
        (Cloud.GCC, "heron", {"both": "https://heron-both.example", "text": "", "link": "https://heron.example"}),
        (Cloud.DOD, "heron", {"both": "", "text": ""}),
    ],
)
def test_resource_that_is_only_a_link_needs_an_address_in_the_customers_cloud(cast, cloud, tenant, fitting):
    addresses = {
        "both": {"address_commercial": "https://both.example", "address_gcc": "https://{tenant}-both.example"},
        "text": {},
        "link": {"address_commercial": "https://link.example", "address_gcc": "https://{tenant}.example", "body": {}},
    }
    for key, fields in addresses.items():
        resource(key, **fields)
    customer = factories.customer(cast.partner, "Elsewhere", cloud, tenant_prefix=tenant)
    found = support.resources_before(Kind.PURCHASE, customer, None, timezone.now())
    assert {one.key: one.address for one in found} == fitting


@pytest.mark.parametrize(("with_subscription", "statements"), [(True, 1), (False, 2)])
def test_resources_take_few_statements(cast, django_assert_num_queries, with_subscription, statements):
    subscription = factories.subscription(cast.customer) if with_subscription else None
    for number in range(3):
        resource(f"help-{number}")
    with django_assert_num_queries(statements):
        assert len(support.resources_before(Kind.CANCELLATION, cast.customer, subscription, timezone.now())) == 3


# --- The page --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("resources", "statements"), [(1, 8), (3, 8)])
def test_page_takes_the_same_statements_for_any_number_of_resources(
    as_, cast, assert_statements, resources, statements
):
    subscription = factories.subscription(cast.customer)
    for number in range(resources):
        resource(f"help-{number}")
    browser = as_(cast.alice)
    with assert_statements(statements):
        assert browser.get(CANCEL, {"subscription": subscription.pk}).status_code == 200


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_page_shows_texts_links_and_both_ways_on(as_, cast, language):
    subscription = factories.subscription(cast.customer, friendly_name="Power BI for sales")
    resource("mail", address_commercial="https://admin.example/#/mail", services=["power_platform"])
    resource("plain", body={"en": "First.\n\nSecond <b>.", "zh-hant": "第一段。\n\n第二段。"})
    cast.alice.language = language
    cast.alice.save()
    page = as_(cast.alice).get(CANCEL, {"subscription": subscription.pk})
    assert opened(page) == (["mail", "plain"], [])
    assert '<a class="way-out" href="https://admin.example/#/mail" rel="noopener noreferrer">' in page.text
    second = "<p>Second &lt;b&gt;.</p>" if language == "en" else "<p>第二段。</p>"
    title = "Title of mail" if language == "en" else "mail 的標題"
    assert page.text.count(second) == 1
    assert f'<span class="row-title">{title}</span>' in page.text
    assert "Power BI for sales" in page.text
    about = f"{CANCEL_FORM}?subscription={subscription.pk}"
    assert ways_on(page) == [f"{about}&read=mail", f"{about}&read=plain", about]


def test_way_on_carries_what_was_opened_and_nothing_that_was_only_shown(as_, cast):
    for key in ("one", "two", "three"):
        resource(key)
    page = as_(cast.alice).get(CANCEL, {"read": ["two", "one", "two", "gone", "<script>"]})
    assert opened(page) == (["one", "two", "three"], ["one", "two"])
    read = [parse_qs(urlsplit(way).query)["read"] for way in ways_on(page)]
    assert read == [["two", "one"], ["one", "two"], ["two", "one", "three"]]  # the page's own is the first one, again


@pytest.mark.parametrize(("kind", "form"), [("purchase", BUY_FORM), ("cancellation", CANCEL_FORM)])
def test_page_without_anything_that_fits_leads_on_to_the_form(as_, cast, kind, form):
    resource("other", kinds=["more_seats"])
    resource("azure", services=["azure"])
    subscription = factories.subscription(cast.customer)
    browser = as_(cast.alice)
    assert browser.get(f"/ask/{kind}/").url == form
    assert (
        browser.get(f"/ask/{kind}/", {"subscription": subscription.pk}).url == f"{form}?subscription={subscription.pk}"
    )


@pytest.mark.parametrize("kind", ["nothing", "Purchase", "%00", "purchase%0d"])
def test_page_of_no_kind_does_not_exist(as_, cast, kind):
    resource("each")
    assert as_(cast.alice).get(f"/ask/{kind}/").status_code == 404


def test_every_kind_has_a_form_a_heading_and_a_page_or_none_of_them_yet(as_, cast):
    """A form that is not built yet takes its help page along; nothing else has to know."""
    resource("each")
    assert set(support.FORMS) == set(support.WANTED) == set(Kind)
    browser = as_(cast.alice)
    for kind in Kind:
        status = 200 if support.form_address(kind, None) else 404
        assert browser.get(reverse("help_first", args=[kind])).status_code == status
    assert [bool(support.form_address(kind, None)) for kind in (Kind.PURCHASE, Kind.CANCELLATION)] == [True, True]


def test_form_that_is_not_built_yet_is_missing_rather_than_an_error(as_, cast, monkeypatch):
    resource("each")
    monkeypatch.setitem(support.FORMS, Kind.PURCHASE, "requests_app:nowhere_yet")
    assert support.form_address(Kind.PURCHASE, None) == ""
    assert as_(cast.alice).get(BUY).status_code == 404


def test_pages_lead_to_help_rather_than_to_the_forms(as_, cast):
    subscription = factories.subscription(cast.customer)
    browser = as_(cast.alice)
    about = f"?subscription={subscription.pk}"
    every = [f"/ask/{kind}/{about}" for kind in ("more_seats", "fewer_seats", "end_of_term", "cancellation")]
    for address, ways in {
        "/": [BUY, CANCEL, f"{CANCEL}{about}"],
        "/subscriptions/": [BUY, *every],
        f"/subscriptions/{subscription.pk}/": every,
        "/requests/": [BUY, CANCEL],
    }.items():
        found = links(browser.get(address).text, address)
        assert [one for one in found if one.startswith("/ask/")] == ways, address
        assert [one for one in found if one.startswith("/requests/new/")] == [], address


# --- Who may ---------------------------------------------------------------------------------------------------

OPENS = {
    "alice": 200, "bob": 200, "carol": 403, "charlie": 404, "frank": 404,
    "dana": 302, "max": 302, "erin": 302, "sam": 302, "root": 302,
}  # fmt: skip


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", OPENS)
def test_page_opens_for_those_who_may_ask_at_the_subscriptions_customer(as_, cast, name, method):
    """A POST of those who may leads back; everybody else gets the same as for a subscription that is not there."""
    resource("each")
    subscription = factories.subscription(cast.customer)
    browser = as_(getattr(cast, name))
    answer = getattr(browser, method)(CANCEL, {"subscription": subscription.pk})
    allowed = OPENS[name] == 200
    assert answer.status_code == (302 if allowed and method == "post" else OPENS[name])
    assert HelpAnswer.objects.count() == (1 if allowed and method == "post" else 0)
    if OPENS[name] in (302, 404):
        none = getattr(browser, method)(CANCEL, {"subscription": 799_999_999})
        assert (none.status_code, none.headers.get("Location")) == (OPENS[name], answer.headers.get("Location"))


@pytest.mark.parametrize("pk", ["0", "-1", "x", "1 ", "9" * 30, "²", "\0"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_subscription_that_is_none_does_not_exist(as_, cast, pk, method):
    resource("each")
    assert getattr(as_(cast.alice), method)(CANCEL, {"subscription": pk}).status_code == 404


def test_page_is_about_the_subscriptions_customer_whatever_is_chosen(as_, cast):
    """Alice looks at the sibling, where she only reads: the link is about a subscription where she may ask."""
    CustomerMembership.objects.create(user=cast.alice, customer=cast.sibling, role="viewer")
    resource("each")
    browser = as_(cast.alice)
    browser.post("/customer/", {"customer": cast.sibling.pk})
    own, siblings = factories.subscription(cast.customer), factories.subscription(cast.sibling)
    assert browser.get(CANCEL, {"subscription": own.pk}).status_code == 200
    assert browser.get(CANCEL, {"subscription": siblings.pk}).status_code == 403
    browser.post(CANCEL, {"subscription": own.pk})
    assert HelpAnswer.objects.get().customer == cast.customer


def test_answer_counts_for_the_customer_that_the_page_was_opened_for(as_, cast):
    """The choice in the header may have changed in another window; a customer that is not one's own is none."""
    CustomerMembership.objects.create(user=cast.alice, customer=cast.sibling, role="requester")
    resource("each")
    browser = as_(cast.alice)
    form = next(one for one in forms(browser.get(BUY).text, BUY) if one.action == BUY)
    browser.post("/customer/", {"customer": cast.sibling.pk})
    browser.post(BUY, form.filled())
    assert HelpAnswer.objects.get().customer == Customer.objects.get(pk=form.values["customer"][0])
    assert browser.post(BUY, {"customer": cast.foreign_customer.pk}).status_code == 404
    assert HelpAnswer.objects.count() == 1


# --- Counting --------------------------------------------------------------------------------------------------


def test_this_answered_it_is_counted_and_files_nothing(as_, cast):
    read = resource("each")
    subscription = factories.subscription(cast.customer)
    before = timezone.now()
    answer = as_(cast.bob).post(CANCEL, {"subscription": subscription.pk, "resource": "each"}, follow=True)
    assert answer.redirect_chain == [(f"/subscriptions/{subscription.pk}/", 302)]
    assert "Nothing was sent to your partner" in answer.text
    counted = HelpAnswer.objects.get()
    assert before <= counted.created_at <= timezone.now()
    assert (counted.resource, counted.kind, counted.customer, counted.partner, counted.user, counted.subscription) == (
        read, "cancellation", cast.customer, cast.partner, cast.bob, subscription,
    )  # fmt: skip
    assert SubscriptionRequest.objects.count() == 0


@pytest.mark.parametrize("posted", ["", "hidden", "other", "gone", "\0", "x" * 100_000])
def test_answer_that_names_no_resource_of_the_page_counts_for_the_page(as_, cast, posted):
    resource("each")
    resource("hidden", is_draft=True)
    resource("other", kinds=["cancellation"])
    answer = as_(cast.alice).post(BUY, {"resource": posted})
    assert answer.url == "/"
    assert [(one.resource, one.kind, one.subscription) for one in HelpAnswer.objects.all()] == [
        (None, "purchase", None)
    ]


def test_form_that_is_sent_twice_counts_once(as_, cast):
    resource("each")
    browser = as_(cast.alice)
    form = next(one for one in forms(browser.get(BUY).text, BUY) if one.action == BUY).filled()
    first, second = (browser.post(BUY, form | {"resource": key}) for key in ("each", ""))
    assert (first.url, second.url) == ("/", "/")
    assert [one.resource.key for one in HelpAnswer.objects.all()] == ["each"]
    again = next(one for one in forms(browser.get(BUY).text, BUY) if one.action == BUY).filled()
    browser.post(BUY, again)
    assert HelpAnswer.objects.count() == 2


def test_key_of_somebody_else_neither_counts_nor_tells(as_, cast):
    resource("each")
    key = uuid.uuid4()
    as_(cast.frank).post(BUY, {"submission_key": key})
    assert as_(cast.alice).post(BUY, {"submission_key": key}).url == "/"
    assert [one.user for one in HelpAnswer.objects.all()] == [cast.frank]


@pytest.mark.parametrize("key", ["", "nonsense", "\0"])
def test_key_that_is_none_counts_each_time(as_, cast, key):
    resource("each")
    for _ in range(2):
        as_(cast.alice).post(BUY, {"submission_key": key})
    assert HelpAnswer.objects.count() == 2


@pytest.mark.parametrize("name", ["carol", "charlie", "dana", "root"])
def test_answer_of_somebody_who_may_not_ask_is_refused(cast, name):
    with pytest.raises(PermissionDenied):
        support.record_answer(
            None, kind=Kind.PURCHASE, customer=cast.customer, subscription=None, actor=getattr(cast, name), key=None,
            now=timezone.now(),
        )  # fmt: skip
    assert HelpAnswer.objects.count() == 0


def test_looking_writes_nothing(as_, cast):
    resource("each")
    browser = as_(cast.alice)
    for address in (BUY, f"{BUY}?read=each&resource=each", "/help/each/"):
        assert browser.get(address).status_code == 200
    assert HelpAnswer.objects.count() == 0


# --- A resource on its own -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["alice", "carol", "frank", "dana", "sam"])
def test_resource_has_a_page_that_everybody_may_read(as_, cast, name):
    resource("each", address_commercial="https://admin.example", address_dod="https://dod.example")
    page = as_(getattr(cast, name)).get("/help/each/")
    assert "Text of each" in page.text
    everywhere = name in ("dana", "sam")
    assert ('<a class="way-out" href="https://admin.example"' in page.text) is not everywhere
    assert ("https://dod.example" in page.text) is everywhere


@pytest.mark.parametrize("key", ["gone", "hidden"])
def test_resource_that_is_gone_or_hidden_has_no_page(as_, cast, key):
    resource("hidden", is_draft=True)
    assert as_(cast.alice).get(f"/help/{key}/").status_code == 404


# --- The request's side ----------------------------------------------------------------------------------------


@pytest.fixture
def filed(cast):
    return factories.cancellation(factories.subscription(cast.customer), cast.alice)


def read_before(subscription_request, *read):
    subscription_request.read_before = list(read)
    return render_to_string("components/read_before.html", {"subscription_request": subscription_request})


def test_desk_reads_what_was_read_before(filed):
    resource("one")
    resource("two", is_draft=True)
    text = read_before(filed, "two", "gone", "one")
    assert "Before asking, Alice had read:" in text
    assert [one.split("</li>")[0] for one in text.split("<li>")[1:]] == [
        "Title of two",
        '<a href="/help/one/">Title of one</a>',
    ]
    with translation.override("zh-hant"):
        assert "two 的標題" in read_before(filed, "two")


def test_desk_shows_once_what_was_read_before(as_, cast, filed):
    resource("one")
    filed.read_before = ["one"]
    filed.save(update_fields=["read_before"])
    html = as_(cast.dana).get(reverse("admin:requests_app_subscriptionrequest_change", args=[filed.pk])).text
    assert html.count("Before asking, Alice had read:") == 1


@pytest.mark.parametrize(("read", "statements"), [([], 0), (["gone"], 1)])
def test_desk_reads_nothing_where_nothing_was_read(filed, django_assert_num_queries, read, statements):
    with django_assert_num_queries(statements):
        assert read_before(filed, *read).strip() == ""


def test_desk_reads_nothing_of_a_request_that_does_not_know(filed):
    assert render_to_string("components/read_before.html", {"subscription_request": object()}).strip() == ""


def test_form_carries_what_was_read(as_, cast):
    """Each once, and only what may be the key of a resource: which of them exist is found out at the desk."""
    factories.offer(cast.partner)
    page = as_(cast.bob).get(BUY_FORM, {"read": ["one", '"><b>', "two", "one"]})
    assert page.text.count('name="read"') == 2
    assert '<input type="hidden" name="read" value="one"><input type="hidden" name="read" value="two">' in page.text


# --- Staff -----------------------------------------------------------------------------------------------------

LIST = "/admin/portal/supportresource/"


def answered(cast, times=1, *, days_ago=0, resource=None):
    at = timezone.now() - datetime.timedelta(days=days_ago)
    for person, customer in [(cast.alice, cast.customer), (cast.frank, cast.foreign_customer)] * times:
        HelpAnswer.objects.create(
            resource=resource, kind="purchase", customer=customer, partner=customer.partner, user=person, created_at=at
        )


def counts(page):
    return [one.split("<", 1)[0] for one in page.text.split('class="field-answers">')[1:]]


def test_staff_see_how_often_each_has_answered_lately(as_, cast):
    good, old = resource("good", position=1), resource("old", position=2)
    answered(cast, 2, resource=good)
    answered(cast, days_ago=91, resource=old)
    answered(cast)
    assert counts(as_(cast.sam).get(LIST)) == ["4", "0"]


@pytest.mark.parametrize("resources", [1, 3])
def test_list_takes_the_same_statements_for_any_number_of_resources(as_, cast, assert_statements, resources):
    for number in range(resources):
        answered(cast, resource=resource(f"help-{number}"))
    browser = as_(cast.sam)
    with assert_statements(6):
        assert len(counts(browser.get(LIST))) == resources


@pytest.mark.parametrize("days_ago", [0, 400])
def test_resource_that_has_answered_is_hidden_rather_than_deleted(as_, cast, days_ago):
    good, fresh = resource("good"), resource("fresh")
    answered(cast, days_ago=days_ago, resource=good)
    browser = as_(cast.sam)
    for one, status in ((good, 403), (fresh, 302)):
        assert browser.post(f"{LIST}{one.pk}/delete/", {"post": "yes"}).status_code == status
    browser.post(LIST, {"action": "delete_selected", "_selected_action": [good.pk], "post": "yes"})
    assert [one.key for one in SupportResource.objects.all()] == ["good"]


@pytest.mark.parametrize(("name", "edits"), [("sam", True), ("root", True), ("max", False), ("dana", False)])
def test_resources_are_edited_by_staff(as_, cast, name, edits):
    one = resource("each", kinds=["purchase"], services=["exchange"])
    address = f"{LIST}{one.pk}/change/"
    form = {
        "key": "each", "title_en": "New", "summary_en": "New", "summary_zh-hant": "新", "kinds": ["cancellation"],
        "position": "5",
    }  # fmt: skip
    status = 302 if edits else 404 if name == "max" else 403  # a manager keeps the partner's own, and nothing else
    assert as_(getattr(cast, name)).post(address, form).status_code == status
    one.refresh_from_db()
    expected = ("New", ["cancellation"], []) if edits else ("Title of each", ["purchase"], ["exchange"])
    assert (str(one.title), one.kinds, one.services) == expected


@pytest.mark.parametrize(("before", "shown"), [("purchase", ["each", "buying"]), ("", ["each", "buying", "leaving"])])
def test_list_is_filtered_by_what_comes_after(as_, cast, before, shown):
    resource("each", position=1)
    resource("buying", kinds=["purchase"], position=2)
    resource("leaving", kinds=["cancellation"], position=3)
    page = as_(cast.sam).get(LIST, {"before": before} if before else {})
    assert [key for key in ("each", "buying", "leaving") if f"Title of {key}<" in page.text] == shown

"""Content of a partner: who reads it, and who keeps it in the admin."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Customer
from portal import help as support
from portal.content.showing import grouped_links
from portal.models import SelfServiceLink, SupportResource
from requests_app.models import Kind
from tests import factories

LINKS, RESOURCES = "/admin/portal/selfservicelink/", "/admin/portal/supportresource/"
ADDRESS = "https://one.example"


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def content(cast):
    for key, partner in (("all", None), ("heron", cast.partner), ("owl", cast.other_partner)):
        for make in (factories.link, factories.resource):
            make(key, partner=partner, address_commercial=ADDRESS)
    return cast


@pytest.mark.parametrize(
    ("customer", "own"), [("customer", "heron"), ("sibling", "heron"), ("foreign_customer", "owl")]
)
def test_customer_reads_what_is_for_all_and_their_partners(content, customer, own):
    customer = Customer.objects.get(pk=getattr(content, customer).pk)
    now = timezone.now()
    groups = grouped_links(customer, set(), now)
    assert [(group.key, [one.key for one in group.links]) for group in groups] == [
        ("configure", ["all"]),
        ("partner", [own]),
    ]
    assert [one.key for one in support.resources_before(Kind.PURCHASE, customer, None, now)] == ["all", own]


PAGES = {"alice": {"all", "heron"}, "frank": {"all", "owl"}, "dana": {"all", "heron"}, "sam": {"all", "heron", "owl"}}


@pytest.mark.parametrize("key", ["all", "heron", "owl"])
@pytest.mark.parametrize("name", PAGES)
def test_page_of_a_resource_opens_for_its_readers_alone(as_, content, name, key):
    page = as_(getattr(content, name)).get(f"/help/{key}/")
    assert page.status_code == (200 if key in PAGES[name] else 404)
    assert (f"Text of {key}" in page.text) is (key in PAGES[name])


def test_same_key_at_two_partners_leads_each_customer_to_their_own(as_, cast):
    factories.resource("hours", partner=cast.partner, body={"en": "Blue heron hours"})
    factories.resource("hours", partner=cast.other_partner, body={"en": "Grey owl hours"})
    assert "Blue heron hours" in as_(cast.alice).get("/help/hours/").text
    assert "Grey owl hours" in as_(cast.frank).get("/help/hours/").text


@pytest.mark.django_db
def test_key_is_used_once_by_each_partner_and_once_for_all(cast):
    for partner in (None, cast.partner):
        factories.link("x", partner=partner)
        with pytest.raises(ValidationError, match="There is one with this key already"):
            SelfServiceLink(key="x", title={"en": "X"}, category="help", partner=partner).full_clean()


# --- In the admin ---


@pytest.mark.parametrize("address", [LINKS, RESOURCES])
@pytest.mark.parametrize(("name", "keys"), [("max", {"heron"}), ("erin", {"owl"}), ("sam", {"all", "heron", "owl"})])
def test_list_shows_what_is_kept_and_staff_all(as_, content, name, keys, address):
    text = as_(getattr(content, name)).get(address).text
    assert {key for key in ("all", "heron", "owl") if f"Title of {key}" in text} == keys


@pytest.mark.parametrize("address", [LINKS, RESOURCES])
@pytest.mark.parametrize("name", ["dana", "alice"])
def test_others_have_no_list(as_, content, name, address):
    assert as_(getattr(content, name)).get(address).status_code in (302, 403)


CHANGES = {
    ("max", "heron"): 302, ("max", "all"): 404, ("max", "owl"): 404, ("erin", "owl"): 302, ("erin", "heron"): 404,
    ("sam", "all"): 302, ("sam", "heron"): 403, ("root", "all"): 302, ("root", "owl"): 302, ("dana", "heron"): 403,
}  # fmt: skip


@pytest.mark.parametrize(("name", "key"), CHANGES)
def test_link_is_changed_by_who_keeps_it(as_, content, name, key):
    link = SelfServiceLink.objects.get(key=key)
    form = {"key": key, "title_en": "New", "category": "help", "position": "0", "address_gcc": "https://new.example"}
    answer = as_(getattr(content, name)).post(f"{LINKS}{link.pk}/change/", form)
    assert answer.status_code == CHANGES[name, key]
    link.refresh_from_db()
    changed = CHANGES[name, key] == 302
    assert str(link.title) == ("New" if changed else f"Title of {key}")
    assert {one.address for one in link.addresses.all()} == {"https://new.example" if changed else ADDRESS}


@pytest.mark.parametrize("model", [SelfServiceLink, SupportResource])
def test_staff_read_a_partners_row_without_inputs(as_, content, model):
    row = model.objects.get(key="heron")
    page = as_(content.sam).get(f"/admin/portal/{model._meta.model_name}/{row.pk}/change/")
    assert page.status_code == 200
    assert [
        name for name in ("Title of heron", "heron 的標題", "Blue Heron Cloud", ADDRESS) if name not in page.text
    ] == []
    assert 'name="title_en"' not in page.text


@pytest.mark.parametrize(
    ("name", "partner", "made_for"),
    [("max", "own", "own"), ("max", "", None), ("max", "foreign", None), ("sam", "", "all"), ("sam", "own", "all")],
)
def test_new_link_is_for_whom_its_maker_keeps_content(as_, content, name, partner, made_for):
    pk = {"own": content.partner.pk, "foreign": content.other_partner.pk, "": ""}[partner]
    form = {"key": "new", "title_en": "New", "category": "help", "position": "0", "partner": pk}
    as_(getattr(content, name)).post(f"{LINKS}add/", form)
    made = [one.partner for one in SelfServiceLink.objects.filter(key="new")]
    assert made == {"own": [content.partner], "all": [None], None: []}[made_for]


def test_partners_key_differs_from_those_for_all(as_, content):
    form = {"title_en": "New", "category": "help", "position": "0", "partner": content.partner.pk}
    browser = as_(content.max)
    for key, status in (("all", 200), ("heron", 200), ("owl", 302)):
        assert browser.post(f"{LINKS}add/", form | {"key": key}).status_code == status
    assert as_(content.sam).post(f"{LINKS}add/", form | {"key": "heron"}).status_code == 200


@pytest.mark.parametrize("address", [LINKS, RESOURCES])
@pytest.mark.parametrize(("name", "touched"), [("max", {"heron"}), ("sam", {"all"}), ("root", {"all", "heron", "owl"})])
@pytest.mark.parametrize("action", ["unpublish", "publish"])
def test_many_are_published_and_taken_back_by_who_keeps_them(as_, content, name, touched, address, action):
    model = SelfServiceLink if address == LINKS else SupportResource
    model.objects.update(is_draft=action == "publish")
    chosen = list(model.objects.values_list("pk", flat=True))
    as_(getattr(content, name)).post(address, {"action": action, "_selected_action": chosen})
    assert {one.key for one in model.objects.filter(is_draft=action == "unpublish")} == touched


@pytest.mark.parametrize(("name", "gone"), [("max", {"heron"}), ("sam", set()), ("root", {"all", "heron", "owl"})])
def test_many_are_deleted_by_who_keeps_them_or_none(as_, content, name, gone):
    chosen = list(SelfServiceLink.objects.values_list("pk", flat=True))
    form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    as_(getattr(content, name)).post(LINKS, form)
    assert {one.key for one in SelfServiceLink.objects.all()} == {"all", "heron", "owl"} - gone

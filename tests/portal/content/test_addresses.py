"""The address of each cloud: what may be written, what is due, and writing all of them as one."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from portal.content.addresses import Known, known_addresses, set_addresses
from portal.lib.links import validate_link_template
from portal.models import ContentAddress, SelfServiceLink, SupportResource
from tests import factories

TODAY = datetime.date(2026, 11, 22)


@pytest.mark.parametrize(
    "address",
    [
        "https://admin.microsoft.com",
        "https://admin.microsoft.com/#/MessageCenter",
        "https://{tenant}-admin.sharepoint.us/a?b=c&d=%20",
        "https://portal.azure.com:443/#create/Microsoft.Support",
    ],
)
def test_address_is_taken(address):
    assert validate_link_template(address) is None


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("javascript:alert(1)", "not with javascript:"),
        ("JavaScript:alert(1)", "not with javascript:"),
        ("data:text/html,x", "not with data:"),
        ("http://admin.microsoft.com", "not with http:"),
        ("ftp://admin.microsoft.com", "not with ftp:"),
        ("https://admin.microsoft.com@evil.example", "Take out everything between"),
        ("https://user:secret@admin.microsoft.com", "Take out everything between"),
        ("https://{customer}.example.com", "Unknown placeholder: {customer}. The only one is {tenant}"),
        ("https://{}.example.com", "Unknown placeholder: {}."),
        ("https://{tenant.example.com", "Give a whole address"),
        ("admin.microsoft.com", "Give a whole address"),
        ("//admin.microsoft.com", "Give a whole address"),
        ("https://localhost", "Give a whole address"),
        ("https://admin.microsoft.com:8443", "Give a whole address"),
        ("https://admin.microsoft.com:x", "Give a whole address"),
        ("https://аdmin.microsoft.com", "Give a whole address"),  # a Cyrillic a
        ('https://admin.microsoft.com/"><script>', "Give a whole address"),
        ("https://admin.microsoft.com/a b", "Give a whole address"),
        ("https://admin.microsoft.com\\@evil.example", "Take out everything between"),
    ],
)
def test_address_is_refused_with_what_to_do(address, says):
    with pytest.raises(ValidationError) as refused:
        validate_link_template(address)
    (message,) = refused.value.messages
    assert says in message


@pytest.mark.django_db
def test_address_belongs_to_one_link_or_one_resource_once_a_cloud():
    link, resource = factories.link("x"), factories.resource("x")
    with pytest.raises(IntegrityError, match="portal_address_of_one"), transaction.atomic():
        ContentAddress.objects.create(link=link, resource=resource, cloud="gcc", address="https://a.example")
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        ContentAddress.objects.create(cloud="gcc", address="https://a.example")
    for owner in ({"link": link}, {"resource": resource}):
        ContentAddress.objects.create(**owner, cloud="gcc", address="https://a.example")
        with pytest.raises(IntegrityError, match="portal_address_once_a"), transaction.atomic():
            ContentAddress.objects.create(**owner, cloud="gcc", address="https://b.example")


@pytest.mark.django_db
@pytest.mark.parametrize("found", [{"checked_at": timezone.now()}, {"check_result": "opens"}])
def test_check_says_when_and_what(found):
    with pytest.raises(IntegrityError, match="check_says_what"), transaction.atomic():
        factories.link("x").addresses.create(cloud="gcc", address="https://a.example", **found)


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "due"), [(None, True), (0, False), (179, False), (180, True)])
def test_address_is_due_half_a_year_after_it_was_verified(days, due):
    when = None if days is None else TODAY - datetime.timedelta(days=days)
    address = factories.link("x").addresses.create(cloud="gcc", address="https://a.example", verified_on=when)
    assert address.is_due(TODAY) is due
    assert ContentAddress.objects.due(TODAY).exists() is due


# --- Writing all of them ---


@pytest.mark.django_db
@pytest.mark.parametrize("make", [factories.link, factories.resource])
def test_addresses_are_written_as_a_whole(make, django_assert_num_queries):
    content = make("x", address_commercial="https://a.example", address_gcc="https://b.example")
    kept = content.addresses.get(cloud="commercial").pk
    wanted = {
        "commercial": Known("https://a.example", "A page", "H", TODAY),
        "dod": Known("https://{tenant}.example"),
    }
    assert set_addresses(content, wanted) is True
    assert known_addresses(content) == wanted
    assert content.addresses.get(cloud="commercial").pk == kept
    with django_assert_num_queries(1):
        assert set_addresses(content, wanted) is False


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "result"), [("https://a.example", "opens"), ("https://other.example", "")])
def test_what_a_check_found_is_forgotten_with_the_address_alone(address, result):
    link = factories.link("x", address_gcc="https://a.example")
    link.addresses.update(checked_at=timezone.now(), check_result="opens")
    set_addresses(link, {"gcc": Known(address, "Another source")})
    (row,) = link.addresses.all()
    assert (row.source, row.check_result, bool(row.checked_at)) == ("Another source", result, bool(result))


@pytest.mark.django_db
@pytest.mark.parametrize("model", [SelfServiceLink, SupportResource])
def test_addresses_go_with_what_they_belong_to(model):
    make = {SelfServiceLink: factories.link, SupportResource: factories.resource}[model]
    make("x", address_gcc="https://a.example")
    model.objects.all().delete()
    assert ContentAddress.objects.count() == 0

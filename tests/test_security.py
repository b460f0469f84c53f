"""What an attacker has tried; each line of it stays tried."""

import base64
import json
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.core import mail as outbox
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client

from accounts import invitations
from portal.lib import resume
from portal.lib.links import validate_link_template
from requests_app.models import Subscription
from tests import factories
from tests.asking import send
from tests.jobs import mailed_link, run_jobs

MODELS = [model._meta for model in admin.site._registry]


def changelist(meta):
    return f"/admin/{meta.app_label}/{meta.model_name}/"


@pytest.mark.parametrize("meta", MODELS, ids=lambda meta: meta.model_name)
@pytest.mark.parametrize(
    "lookup", ["password__startswith", "password__regex", "pk__gt", "id", "partner__name", "subscriptions", "offers__id__exact",
               "user__password__startswith", "authored_requests", "customer__partner__name__startswith"],
)  # fmt: skip
def test_lists_answer_no_question_they_do_not_offer(client, cast, meta, lookup):
    client.force_login(cast.root)
    answer = client.get(f"{changelist(meta)}?{lookup}=1")
    if meta.model_name == "subscriptionrequest":  # the queue forgets what it does not know
        assert (answer.status_code, answer["Location"]) == (302, changelist(meta))
    else:
        assert answer.status_code == 400


def cursor(*values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize("page", ["/requests/", "/subscriptions/"])
@pytest.mark.parametrize(
    "values",
    [
        ("o", "2026-01-01T00:00:00+00:00", float("inf")),
        ("o", "2026-01-01T00:00:00+00:00", float("nan")),
        ("o", "0001-01-01T00:00:00+23:59", 1),
        ("n", "9999-12-31T23:59:59-23:59", 1),
        ("o", "9999-12-31", 1),
        ("o", [], {}),
        ("o", True, True),
    ],
)
def test_forged_cursor_is_no_error(client, cast, page, values):
    client.force_login(cast.alice)
    assert client.get(f"{page}?page={cursor(*values)}").status_code == 200


@pytest.mark.parametrize(
    "target", ["foo", "é", "?a", "#x", "[", "/\\evil", "//evil.example", "http://localhost/x", "\0"]
)
@pytest.mark.parametrize("address", ["/theme/", "/language/"])
def test_next_that_is_no_path_leads_home(client, db, address, target):
    answer = client.post(address, {"next": target, "language": "en", "theme": "dark"})
    assert (answer.status_code, answer.url) == (302, "/")


@pytest.mark.parametrize(
    "field", ["lines-" + "9" * 5000 + "-offer", "lines-²-offer", "lines--offer", "lines-999-offer"]
)
def test_lines_that_are_none_are_passed_over(client, cast, field):
    client.force_login(cast.bob)
    form = urlencode({field: "1"})
    answer = client.post("/requests/new/purchase/", form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200


def test_mailed_links_lead_to_this_site_whatever_the_host_header_says(db):
    person = factories.person("victim")
    Client(headers={"host": "localhost:6666"}).post("/accounts/password/reset/", {"email": person.email})
    run_jobs()
    assert "6666" not in outbox.outbox[0].body
    assert "http://localhost:8000/accounts/password/reset/key/" in outbox.outbox[0].body


@pytest.mark.parametrize("target", ["//127.0.0.1/", "http://localhost/x", "https://evil.example/"])
def test_sign_in_leads_to_no_other_host(client, cast, target):
    form = {"login": cast.alice.email, "password": factories.PASSWORD, "next": target}
    assert client.post("/accounts/login/", form).url == "/"


def test_address_that_was_never_proved_gives_no_claim_to_a_new_person(client, cast):
    EmailAddress.objects.create(user=cast.charlie, email="future@example.com", verified=False)
    invitations.invite(cast.customer, email="Future@example.com", role="admin", actor=cast.max)
    client.post(mailed_link(), {"name": "New", "password1": "another-horse-9", "password2": "another-horse-9"})
    outbox.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": "future@example.com"})
    run_jobs()
    assert len(outbox.outbox) == 1
    assert not EmailAddress.objects.filter(user=cast.charlie, email="future@example.com").exists()


@pytest.mark.parametrize("language", ["\x01", "xx", "<b>"])
def test_staff_set_no_language_that_is_none(client, cast, language):
    client.force_login(cast.sam)
    fields = {"name": "Alice", "language": language, "time_zone": "UTC", "is_active": "on"}
    answer = client.post(f"/admin/accounts/user/{cast.alice.pk}/change/", fields)
    assert list(answer.context["adminform"].form.errors) == ["language"]


def test_form_is_put_aside_only_where_there_is_one(client, cast):
    token = resume.token_for(cast.alice.pk)
    client.post("/me/customer/", {"resume_token": token, "text": "x"})
    assert resume.KEY not in client.session


def test_row_with_an_impossible_date_does_not_take_the_list_down(client, cast):
    """The database refuses such a date now; a page must not depend on it."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from django.utils import timezone

    from portal.lib import display

    with timezone.override(ZoneInfo("Asia/Taipei")):
        last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
        assert "31 Dec 9999" in display.deadline(last)
        assert "31 Dec 9999" in display.moment(last)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TEMP TABLE mine (id int)",
        "UPDATE django_admin_log SET change_message = ''",
        "DELETE FROM django_admin_log",
    ],
)
def test_application_role_may_not(statement):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as one:
        one.execute(statement)


@pytest.mark.parametrize(
    "address",
    ["https://x.example:99999/", "https://user:pw@x.example/", "https://x.example\\@y.example", "https://x\u202e.example/",
     "javascript:alert(1)", "http://x.example/", "https://x", "https://{who}.example/", "https://x.example/<b>", "https://[x"],
)  # fmt: skip
def test_link_address_that_is_none_is_refused(address):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        validate_link_template(address)


def test_subscription_of_another_customer_is_not_reached_through_the_form_key(client, cast):
    client.force_login(cast.bob)
    theirs = factories.subscription(cast.sibling)
    send(client, "/requests/new/cancellation/", {"subscription": theirs.pk, "when": "now", "reason": "x"})
    assert Subscription.objects.get(pk=theirs.pk).requests.count() == 0

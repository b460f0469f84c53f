"""Two who bring back the same ID at once: one has done it, the other is told and goes on with what was typed."""

import re
import threading

import pytest
from django.db import connections
from django.test import Client

from portal.lib.acting import acting_as
from requests_app import workflow
from requests_app.models import Status, Subscription, SubscriptionRequest
from tests import factories
from tests.at_once import at_once
from tests.conftest import make_cast
from tests.requests_app.desk import page
from tests.smtp import wait_until
from tests.workers import fetch

pytestmark = pytest.mark.usefixtures("committed_for_workers")

WAITS_FOR_US = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
TAKEN = "The subscription “Power BI Pro” has the ID SUB-A already. Look which of the two it is."


@pytest.fixture
def cast():
    return make_cast()


def approved(cast, agent, lines=1):
    offers = [factories.offer(cast.partner) for _ in range(lines)]
    filed = factories.purchase(cast.customer, cast.alice, *offers)
    return factories.in_status(filed, "approved", agent=agent, author=cast.alice)


def typed(filed, *external_ids):
    """Return what somebody has typed who completes it."""
    fields = [f"line_{line.pk}_external_id" for line in filed.lines.order_by("pk")]
    return {"external_reference": f"ORDER-{filed.pk}", "note": "Kept"} | dict(zip(fields, external_ids, strict=True))


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    return browser


def shown_again(answer, form):
    """Return whether the page holds everything that was typed."""
    values = re.findall(r'value="([^"]*)"', answer.text) + re.findall(r"<textarea[^>]*>\s*([^<]*)<", answer.text)
    return [value for value in form.values() if value not in values] == []


def test_who_comes_a_moment_later_is_told_and_loses_nothing(cast):
    """The first one has written and not yet committed: the form of the second finds nothing wrong, the database does."""
    first, second = approved(cast, cast.dana), approved(cast, cast.max, lines=2)
    form, browser, answers = typed(second, "SUB-B", "SUB-A"), browser_of(cast.max), []

    def post():
        try:
            answers.append(browser.post(page(second, "complete"), form))
        finally:
            connections.close_all()

    thread = threading.Thread(target=post)
    with acting_as(cast.dana.pk):
        brought = [workflow.BroughtBack(external_id="SUB-A")]
        workflow.complete(first, actor=cast.dana, external_reference="ORDER-1", brought_back=brought)
        thread.start()
        wait_until(lambda: fetch(WAITS_FOR_US))
    thread.join(timeout=60)
    [answer] = answers
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"__all__": [TAKEN]}
    assert shown_again(answer, form)
    assert list(Subscription.objects.values_list("external_id", flat=True)) == ["SUB-A"]
    second.refresh_from_db()
    assert (second.status, second.external_reference) == (Status.APPROVED, "")
    assert browser.post(page(second, "complete"), typed(second, "SUB-B", "SUB-C")).status_code == 302
    assert set(Subscription.objects.values_list("external_id", flat=True)) == {"SUB-A", "SUB-B", "SUB-C"}


def test_one_of_many_at_once_has_done_it_and_all_others_are_told(cast):
    people = [cast.dana, cast.max]
    requests = [approved(cast, people[number % 2]) for number in range(6)]
    forms = [typed(filed, "SUB-A") for filed in requests]
    browsers = [browser_of(people[number % 2]) for number in range(6)]
    answers = at_once(
        lambda number: browsers[number].post(page(requests[number], "complete"), forms[number]), people=len(requests)
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [302]
    refused = [(answer, form) for answer, form in zip(answers, forms, strict=True) if answer.status_code == 200]
    assert [list(answer.context["form"].errors.values()) for answer, _form in refused] == [[[TAKEN]]] * 5
    assert all(shown_again(answer, form) for answer, form in refused)
    assert Subscription.objects.get().external_id == "SUB-A"
    assert SubscriptionRequest.objects.filter(status=Status.COMPLETED).count() == 1

"""Steps with many requests in a browser: from the list to the report, which counts on by itself."""

from requests_app.models import BulkRun, SubscriptionRequest
from tests import factories
from tests.requests_app.desk import QUEUE
from tests.workers import run_workers


def test_manager_claims_everything_that_a_view_shows(visit, live_cast, monkeypatch):
    monkeypatch.setattr("requests_app.bulk.running.TAKEN_AT_ONCE", 2)
    monkeypatch.setattr("requests_app.admin.desk.bulk.bulk.TAKEN_AT_ONCE", 2)
    offer = factories.offer(live_cast.partner)
    for _ in range(4):
        factories.purchase(live_cast.customer, live_cast.alice, offer)
    max_ = visit(width=1280)
    max_.sign_in(live_cast.max)
    max_.go(f"{QUEUE}?show=unassigned")
    max_.page.check("[name=all]")
    max_.press("[name=step][value=claim]")
    max_.look()
    max_.press("form[data-once] .actions button")
    assert max_.page.locator("progress").get_attribute("max") == "4"
    max_.look()
    run_workers(queues=("bulk",))
    max_.page.wait_for_selector("[data-progress-end]")
    assert max_.page.locator("[data-progress-end]").inner_text() == "4 requests are yours now."
    assert max_.page.locator("[data-progress-told]").text_content() == "4 requests are yours now."
    assert set(SubscriptionRequest.objects.values_list("assignee__name", flat=True)) == {"Max"}
    assert BulkRun.objects.get().finished_at is not None

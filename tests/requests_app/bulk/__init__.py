"""Steps with many requests: what the tests of them share."""

import re
import uuid

from requests_app import bulk
from requests_app.models import BulkItem, BulkRun

BULK = "/admin/requests_app/subscriptionrequest/bulk/"
EXPORT = "/admin/requests_app/subscriptionrequest/export/"
HAND_OVER = "/admin/requests_app/subscriptionrequest/hand-over/"


def hidden(answer):
    """Return what the page's form carries unseen, as a browser would send it."""
    page = answer.text[answer.text.index('name="confirmed"') - 2000 :]
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    form = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    form.pop("csrfmiddlewaretoken", None)
    return form


def confirm(browser, form, view="", **typed):
    """Ask for a step with many, and confirm what the page says."""
    asked = browser.post(f"{BULK}?{view}", form)
    assert asked.status_code == 200, asked
    return browser.post(f"{BULK}?{view}", hidden(asked) | typed)


def started(user, step, requests, **given):
    """Write a run down as the page does."""
    chosen = bulk.selected(user, [one.pk for one in requests])
    return bulk.start(user, BulkRun.Step(step), chosen, key=uuid.uuid4(), **given)


def outcomes(run):
    return list(run.items.values_list("outcome", flat=True))


DONE, MOVED, REFUSED = BulkItem.Outcome.DONE, BulkItem.Outcome.MOVED, BulkItem.Outcome.REFUSED

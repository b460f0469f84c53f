"""What the second wall costs: the same pages with it and without it, side by side in one run.

With: as in production. Without: row level security is switched off on every table, requests run outside of a
transaction of their own and nobody says who is acting. Rounds are interleaved (with, without, with again); what is
printed is the median over the rounds of each round's ratio, and the A/A ratio of the two runs with the wall, which
says how much of it is noise.
"""

import statistics
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from benchmarks.site import fill, site

REQUESTS, ROUNDS, CALLS = 20_000, 15, 6


@contextmanager
def without_second_wall() -> Any:
    """Switch the second wall off for the length of the block."""
    from django.conf import settings

    before = settings.MIDDLEWARE
    settings.MIDDLEWARE = [one for one in before if not one.endswith("ActingMiddleware")]
    walled = switch("DISABLE")
    try:
        yield
    finally:
        switch("ENABLE", walled)
        settings.MIDDLEWARE = before


def switch(word: str, tables: list[str] | None = None) -> list[str]:
    from portal.lib.database_roles import database_owner

    with database_owner() as owner, owner.cursor() as cursor:
        if tables is None:
            cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity ORDER BY relname")
            tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} {word} ROW LEVEL SECURITY")
    return tables


def visitors() -> dict[str, Callable[[], Any]]:
    """Return a call for each page that is measured, by people who are signed in."""
    from django.test import Client

    from accounts.models import User
    from portal.lib.acting import SITE, acting_as
    from requests_app.models import Offer, SubscriptionRequest

    agent, customer = Client(), Client()
    with acting_as(SITE):
        agent.force_login(User.objects.get(email="agent1@example.com"))
        person = User.objects.get(email="customer1@example.com")
        customer.force_login(person)
        at = person.customer_memberships.select_related("customer").get().customer
        offer = Offer.objects.filter(partner_id=at.partner_id).first()
        open_request = SubscriptionRequest.objects.filter(partner_id=1, status="submitted").first()
    assert offer is not None
    assert open_request is not None

    def submit() -> Any:
        form: dict[str, Any] = {
            "customer": at.pk,
            "submission_key": uuid.uuid4(),
            "note": "",
            "lines-0-offer": offer.pk,
            "lines-0-quantity": 3,
        }
        shown = customer.get("/requests/new/purchase/preview/", form).context
        return customer.post("/requests/new/purchase/", form | {name: shown[name] for name in ("seen", "seen_for")})

    queue = "/admin/requests_app/subscriptionrequest/"
    return {
        "queue, page 1": lambda: agent.get(queue),
        "queue, search by number": lambda: agent.get(queue, {"q": open_request.number}),
        "a request's page at the desk": lambda: agent.get(f"{queue}{open_request.pk}/change/"),
        "customer's home": lambda: customer.get("/"),
        "customer's requests": lambda: customer.get("/requests/"),
        "submission": submit,
    }


def seconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        answer = call()
        assert answer.status_code == (302 if answer.request["REQUEST_METHOD"] == "POST" else 200), answer.status_code
    return (time.perf_counter() - began) / CALLS


def statements(call: Callable[[], Any]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def measure() -> list[tuple[str, float, float, float, int, int]]:
    """Return for each page: milliseconds with, ratio with/without, A/A ratio, statements with and without."""
    results = []
    walls: list[Callable[[], AbstractContextManager[Any]]] = [nullcontext, without_second_wall, nullcontext]
    for name in visitors():
        times: list[list[float]] = []
        counts: list[int] = []
        for number in range(ROUNDS + 1):
            row = []
            for wall in walls:
                with wall():
                    call = visitors()[name]  # a client's middleware is what the settings said when it first asked
                    call()
                    row.append(seconds(call))
                    if number == 0:
                        counts.append(statements(call))
            if number:  # the first round warms up
                times.append(row)
        ratio = statistics.median((with_ + again) / 2 / without for with_, without, again in times)
        noise = statistics.median(again / with_ for with_, _, again in times)
        milliseconds = 1000 * statistics.median(with_ for with_, _, _ in times)
        results.append((name, milliseconds, ratio, noise, counts[0], counts[1]))
    return results


def main() -> None:
    with site():
        fill(REQUESTS)
        results = measure()
    print(f"{REQUESTS} requests, {ROUNDS} rounds of {CALLS} calls each, one client\n")
    print("| page | with, ms | with / without | A/A | statements with | without |\n|---|---|---|---|---|---|")
    for name, milliseconds, ratio, noise, with_, without in results:
        print(f"| {name} | {milliseconds:.1f} | {ratio:.2f} | {noise:.2f} | {with_} | {without} |")


if __name__ == "__main__":
    main()

"""Several people at the same moment."""

import threading
from contextlib import nullcontext

from django.db import connections

from portal.lib.acting import acting_as

PEOPLE = 8


def at_once(attempt, actors=(), people=PEOPLE):
    """Run ``attempt(number)`` in as many threads as ``people``, which start together; return what each gave or raised.

    They act as ``actors`` in turn, each in a transaction of its own, as requests do; without actors an attempt says
    itself who acts.
    """
    barrier = threading.Barrier(people)
    results = [None] * people

    def run(number):
        try:
            barrier.wait(timeout=20)
            with acting_as(actors[number % len(actors)]) if actors else nullcontext():
                results[number] = attempt(number)
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results

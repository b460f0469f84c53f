"""Several people at the same moment."""

import threading
from contextlib import nullcontext

from django.db import connection

from portal.lib.acting import acting_as

PEOPLE = 8


def at_once(attempt, actors=()):
    """Run ``attempt(number)`` in PEOPLE threads that start together; return what each gave or raised.

    They act as ``actors`` in turn, each in a transaction of its own, as requests do; without actors an attempt says
    itself who acts.
    """
    barrier = threading.Barrier(PEOPLE)
    results = [None] * PEOPLE

    def run(number):
        try:
            barrier.wait(timeout=20)
            with acting_as(actors[number % len(actors)]) if actors else nullcontext():
                results[number] = attempt(number)
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results

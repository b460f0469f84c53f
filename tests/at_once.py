"""Several people at the same moment."""

import threading

from django.db import connection

PEOPLE = 8


def at_once(attempt):
    """Run ``attempt(number)`` in PEOPLE threads that start together; return what each gave or raised."""
    barrier = threading.Barrier(PEOPLE)
    results = [None] * PEOPLE

    def run(number):
        try:
            barrier.wait(timeout=20)
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

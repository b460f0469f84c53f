"""Nothing is lost: the web processes are killed two hundred times while people file, and try again as browsers do.

``PORTAL_DRILL_SCALE=0.1`` runs a tenth of it.
"""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings

from requests_app.models import Action, RequestEvent, SubscriptionRequest
from tests import database, factories
from tests.asking import seen_on
from tests.conftest import make_cast
from tests.drill import DRILL
from tests.workers import fetch

pytestmark = pytest.mark.usefixtures("committed_for_workers")

SCALE = float(os.environ.get("PORTAL_DRILL_SCALE", "1")) if DRILL else 0.01
KILLS = max(2, round(200 * SCALE))
SUBMISSIONS = 10 * KILLS
BROWSERS = 8
PATIENCE = 60 + 9 * KILLS
"""Seconds for all of it; a worker that was killed takes one or two to be there again."""

PURCHASE = "/requests/new/purchase/"
CSRF = "c" * 32


class WebServer:
    """gunicorn as ``make demo`` runs it, on loopback and on the tests' database; its processes can be killed."""

    def __init__(self, log):
        self.log = log
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = None

    def start(self):
        command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "portal.wsgi:application", "--no-control-socket"]
        command += ["--bind", f"127.0.0.1:{self.port}", "--workers", "2", "--threads", "4"]
        environment = os.environ | {"PORTAL_DEMO": "1", "DATABASE_URL": database.address()}
        self.process = subprocess.Popen(  # noqa: S603
            command, cwd=settings.BASE_DIR, env=environment, stdout=self.log, stderr=subprocess.STDOUT
        )

    def workers(self):
        """Return the ids of the processes that answer: the children of the one that was started."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_a_worker(self, dice):
        if workers := self.workers():
            kill(dice.choice(workers))

    def kill_all_and_start_again(self):
        everybody = [self.process.pid, *self.workers()]
        for pid in everybody:
            kill(pid)
        self.process.wait(timeout=30)
        self.start()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            for pid in [*self.workers(), self.process.pid]:
                kill(pid)
            self.process.wait(timeout=30)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


class Browser(threading.Thread):
    """Sends forms one after the other, each until it is answered with the request's address; keeps what it was told."""

    def __init__(self, server, cookie, forms, give_up):
        super().__init__()
        self.server, self.cookie, self.forms, self.give_up = server, cookie, forms, give_up
        self.told, self.tries = {}, 0

    def run(self):
        for key, form in self.forms:
            while time.monotonic() < self.give_up:
                self.tries += 1
                location = self.post(form)
                if location is not None:
                    self.told[key] = location
                    break
                time.sleep(0.05)

    def post(self, form):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            connection.request(
                "POST",
                PURCHASE,
                urlencode(form | {"csrfmiddlewaretoken": CSRF}),
                {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie},
            )
            answer = connection.getresponse()
            return answer.headers["Location"] if answer.status == 302 else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def test_web_processes_killed_two_hundred_times_lose_nothing_and_file_nothing_twice(client, tmp_path):
    cast = make_cast()
    client.force_login(cast.bob)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}; {settings.CSRF_COOKIE_NAME}={CSRF}"
    form = {"lines-0-offer": factories.offer(cast.partner).pk, "lines-0-quantity": 3, "note": "Drill"}
    form |= seen_on(client.post(PURCHASE, form))
    keys = [str(uuid.uuid4()) for _ in range(SUBMISSIONS)]
    give_up = time.monotonic() + PATIENCE
    with (tmp_path / "log").open("wb") as log:
        server = WebServer(log)
        server.start()
        browsers = [
            Browser(server, cookie, [(key, form | {"submission_key": key}) for key in keys[number::BROWSERS]], give_up)
            for number in range(BROWSERS)
        ]
        try:
            for browser in browsers:
                browser.start()
            kills = kill_again_and_again(server, browsers, give_up)
            for browser in browsers:
                browser.join()
        finally:
            server.stop()
    told = {key: location for browser in browsers for key, location in browser.told.items()}
    tries = sum(browser.tries for browser in browsers)
    print(f"{kills} kills, {len(told)} forms told as filed, {tries} posts")  # noqa: T201 - what pytest -s shows
    assert (kills, len(told)) == (KILLS, SUBMISSIONS)
    filed = SubscriptionRequest.objects.values_list("submission_key", "number")
    assert {str(key): f"/requests/{number}/" for key, number in filed} == told
    assert len(filed) == SUBMISSIONS
    events = RequestEvent.objects.values_list("subscription_request_id", "action")
    assert sorted(events) == sorted(
        (pk, Action.SUBMIT) for pk in SubscriptionRequest.objects.values_list("pk", flat=True)
    )
    [[jobs]] = fetch("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'requests_app.tasks.notify_people'")
    assert jobs == SUBMISSIONS
    assert tries > SUBMISSIONS or not DRILL  # some of the kills have hit somebody


def kill_again_and_again(server, browsers, give_up):
    """Kill one of the web processes after every few forms, now and then all of them; return how often."""
    dice = random.Random(4)
    for number in range(KILLS):
        due = number * SUBMISSIONS // (KILLS + 1) + 1
        while sum(len(browser.told) for browser in browsers) < due:
            if time.monotonic() > give_up or not any(browser.is_alive() for browser in browsers):
                return number
            time.sleep(0.01)
        if number % 10 == 9:
            server.kill_all_and_start_again()
        else:
            server.kill_a_worker(dice)
    return KILLS

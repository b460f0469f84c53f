"""A real browser, a real server, a real worker; every page is listened to and looked over on the way."""

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from django.core import mail as outbox
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from accounts.permissions import may_enter_desk
from tests import factories
from tests.conftest import CHROMIUM, Cast, make_cast
from tests.surface.hostile import EVERYTHING

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip

COLOURS = ["color-contrast", "link-in-text-block"]
SHAPE = """() => {
  const told = ["class", "role", "type", "hidden", "disabled", "open", "tabindex"];
  const points = ["for", "aria-labelledby", "aria-describedby", "aria-controls"];
  const attribute = ({name, value}) => {
    if (points.includes(name)) return name + value.split(" ").map(id => Boolean(document.getElementById(id)));
    return name + (told.includes(name) || /^aria-[^l]/.test(name) ? value : Boolean(value.trim()));
  };
  const shape = element => {
    const inside = [...element.childNodes].flatMap(node =>
      node.nodeType === Node.ELEMENT_NODE ? shape(node) : node.nodeType === Node.TEXT_NODE && node.data.trim() ? "t" : []
    );
    const own = element.localName + [...element.attributes].map(attribute).sort();
    return own + "(" + inside.filter((one, index) => one !== inside[index - 1]) + ")";
  };
  const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
  return shape(document.body) + Boolean(document.title.trim()) + (new Set(ids).size === ids.length);
}"""
"""What axe judges a page by: elements, roles, classes, what points at what, where there is text, and whether IDs are
unique. Which text it is, numbers, and how many rows look alike are left out."""

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright runs an event loop in the thread of the tests


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what drives a browser. Each way is walked in one language on one width; in the drill in all of them."""
    ways: dict[str, list[pytest.Item]] = {}
    for item in items:
        if "tests/e2e" not in str(item.path):
            continue
        item.add_marker(pytest.mark.e2e)
        said = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if "language" in said:
            others = sorted((name, str(one)) for name, one in said.items() if name not in ("language", "width"))
            ways.setdefault(f"{item.path.name} {item.originalname} {others}", []).append(item)
    if EVERYTHING:
        return
    turns = enumerate(ways.values())  # so that languages take turns
    left_out = {one for turn, way in turns for at, one in enumerate(way) if at != turn % len(way)}
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def live_cast(transactional_db: None) -> Cast:
    """The cast; those who need a second factor have one."""
    cast = make_cast()
    for person in cast.everybody().values():
        if may_enter_desk(person):
            factories.second_factor(person)
    return cast


class Visitor:
    """Somebody at their browser. Console messages and CSP reports are kept; ``look`` has axe read the page."""

    def __init__(self, context: BrowserContext, address: str, language: str, looked_at: Path) -> None:
        self.context, self.address, self.language, self.looked_at = context, address, language, looked_at
        self.complaints: list[str] = []
        context.on("page", self._listen)
        context.add_init_script(
            "document.addEventListener('securitypolicyviolation', e =>"
            " console.error('CSP: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile))"
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15_000)

    def _listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("response", lambda answer: self._answer(page, answer))

    def _console(self, message: ConsoleMessage) -> None:
        if "Failed to load resource" not in message.text:  # told with its address by _answer
            self.complaints.append(f"{message.page.url if message.page else ''}: {message.text}")

    def _answer(self, page: Page, answer: object) -> None:
        if answer.status >= 500 or (answer.status == 404 and "/static/" in answer.url):
            self.complaints.append(f"{answer.url}: {answer.status}")

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def sign_in(self, person: object) -> None:
        """Come in with a session as it is after a whole sign-in, and open the first page."""
        client = Client(headers={"accept-language": self.language})
        client.force_login(person)
        self.context.add_cookies([{"name": "sessionid", "value": client.session.session_key, "url": self.address}])
        self.go("/admin/" if may_enter_desk(person) else "/")

    def sign_in_through_the_pages(self, person: object) -> None:
        """Sign in as people do, with a recovery code where the person has a second factor."""
        self.context.clear_cookies(name="sessionid")
        self.go("/accounts/login/")
        self.look()
        self.page.fill("[name=login]", person.email)
        self.page.fill("[name=password]", factories.PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("main form button").first.click()
        codes = Authenticator.objects.filter(user=person, type="recovery_codes").first()
        if codes:
            assert self.path() == "/accounts/2fa/authenticate/"
            self.look()
            self.page.fill("[name=code]", codes.wrap().get_unused_codes()[0])
            self.press("main form:has([name=code]) button")

    def look(self) -> None:
        """Fail where axe finds something, in light or dark, or where the page is wider than the window.

        Of what axe looks for, colours alone are others in the dark, and in the dark they are the same on every width. A
        page of the same shape has been looked at, and 320 px show what 375 px do; whether it fits is seen each time.
        """
        shape = hashlib.sha256(self.page.evaluate(SHAPE).encode()).hexdigest()
        window = "narrow" if self.page.viewport_size["width"] < 640 else "wide"
        axe = Axe()
        for scheme, looked, rules in (("dark", "any", {"runOnly": COLOURS}), ("light", window, {})):
            been_here = self.looked_at / f"{shape}-{scheme}-{looked}"
            if been_here.exists():
                continue
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = axe.run(self.page, options={"resultTypes": ["violations"]} | rules)
            axe.axe_script = ""  # the page has it now
            assert found.violations_count == 0, f"{self.page.url} ({scheme}):\n{found.generate_report()}"
            been_here.touch()
        overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{self.page.url} is {overflow} px too wide"

    def press(self, selector: str) -> None:
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def back(self) -> None:
        """Go the way back, as the page itself would: asked for its history, a busy browser has no answer at times."""
        with self.page.expect_navigation():
            self.page.evaluate("history.back()")

    def wait_for_preview(self) -> None:
        """Wait until the form shows what will happen as it is filled in now."""
        self.page.wait_for_function(
            "() => document.querySelector('[data-preview-panel] [name=seen]')?.value"
            " && !document.querySelector('[data-preview-panel][aria-busy]')"
        )

    def path(self) -> str:
        return re.sub(r"^https?://[^/]+", "", self.page.url)


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run, whose files say what has been looked at: by any of its processes."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "looked-at"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def visit(browser: Browser, live_server: object, settings: object, looked_at: Path) -> Iterator[object]:
    """``visit(width=375, language="zh-TW")`` opens a fresh browser profile; at the end nobody has complained."""
    settings.SITE_URL = live_server.url
    visitors: list[Visitor] = []

    def open_browser(*, width: int = 1280, language: str = "en") -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale=language, timezone_id="Asia/Taipei"
        )
        visitors.append(Visitor(context, live_server.url, language, looked_at))
        return visitors[-1]

    yield open_browser
    complaints = [line for visitor in visitors for line in visitor.complaints]
    for visitor in visitors:
        visitor.context.close()
    assert complaints == []


@pytest.fixture
def worker() -> object:
    """``worker()`` runs the real background worker until nothing is left to do; returns the mails sent since."""
    from procrastinate.contrib.django import app

    def work() -> list[object]:
        before = len(outbox.outbox)
        failures: list[BaseException] = []

        def run() -> None:
            try:
                with app.replace_connector(app.connector.get_worker_connector()) as worker_app:
                    # One at a time: what a job enqueues is seen before the worker finds nothing to do and ends.
                    worker_app.run_worker(wait=False, concurrency=1, install_signal_handlers=False, listen_notify=False)
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=run)  # a thread of its own: Playwright's event loop runs in this one
        thread.start()
        thread.join(timeout=60)
        assert not thread.is_alive()
        assert failures == []
        return outbox.outbox[before:]

    return work

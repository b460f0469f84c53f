"""Headers and cookies of answers that no route gives: errors, refusals, redirects, files. (Routes: test_matrix.py.)"""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests import database
from tests.surface.headers import faults
from tests.surface.world import undone

ANSWERS = {
    "no such page": (404, {"path": "/nowhere/"}),
    "no such host": (400, {"path": "/", "headers": {"host": "evil.example"}}),
    "too many fields": (400, {"path": "/theme/", "method": "POST", "data": "&".join(["a=1"] * 2001)}),
    "another method": (405, {"path": "/theme/"}),
    "no token": (403, {"path": "/theme/", "method": "POST"}),
    "slash forgotten": (301, {"path": "/subscriptions"}),
    "another address": (302, {"path": "/admin/logout/"}),
}


@pytest.mark.parametrize("role", ["", "alice", "root"])
@pytest.mark.parametrize(("status", "request_"), ANSWERS.values(), ids=ANSWERS)
def test_headers_of(visitors, role, status, request_):
    request_ = {"method": "GET", "content_type": "application/x-www-form-urlencoded"} | request_
    strict = status == 403
    with undone():
        answer = visitors[role].browser(enforce_csrf_checks=strict).generic(**request_)
    assert answer.status_code == status
    # A host that is not ours is refused before anybody asks who is there.
    assert faults(answer, signed_in=bool(role) and "host" not in request_.get("headers", {})) == []


def test_headers_of_a_server_error(visitors, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("gone")

    monkeypatch.setattr("requests_app.overview.of_customer", broken)
    with undone():
        answer = visitors["alice"].browser().get("/")
    assert answer.status_code == 500
    assert faults(answer, signed_in=True) == []


def test_headers_of_a_file(visitors, tmp_path, monkeypatch):
    """An image of ours that somebody opens by itself is a document, too."""
    (tmp_path / "mark.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    monkeypatch.setattr(
        settings, "STATIC_ROOT", tmp_path
    )  # overriding it would empty every storage, the world's files too
    answer = visitors[""].browser().get("/static/mark.svg")
    assert b"".join(answer.streaming_content)
    assert answer.status_code == 200
    assert faults(answer, signed_in=False) == []


PRODUCTION = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
found = {}
for path, form in (("/theme/", {"theme": "dark"}), ("/language/", {"language": "en"}), ("/theme/", {"theme": ""})):
    answer = Client(headers={"host": "portal.example"}).post(path, form, secure=True)
    assert answer.status_code == 302, answer
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    found |= {f"{name} {bool(one.value)}": one.OutputString() for name, one in answer.cookies.items()}
for kind in ("SESSION", "CSRF", "LANGUAGE"):
    values = {one: getattr(settings, f"{kind}_COOKIE_{one}") for one in ("SECURE", "HTTPONLY", "SAMESITE", "PATH", "DOMAIN")}
    found[getattr(settings, f"{kind}_COOKIE_NAME")] = values
print(json.dumps(found))
"""


def test_cookies_of_production_are_bound_to_the_host(db):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_"))}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_SECRET_KEY": "k" * 64, "PORTAL_MAIL_FROM": "p@portal.example",
        "PORTAL_ALLOWED_HOSTS": "portal.example", "PORTAL_SITE_URL": "https://portal.example",
        "DATABASE_URL": database.address(),
    }  # fmt: skip
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", PRODUCTION], capture_output=True, text=True, check=True, env=environment,
        cwd=settings.BASE_DIR, timeout=60,
    )  # fmt: skip
    cookies = json.loads(done.stdout)
    assert [name for name in cookies if not name.startswith("__Host-")] == []
    for name in ("__Host-session", "__Host-csrf", "__Host-language"):
        assert cookies[name] == {"SECURE": True, "HTTPONLY": True, "SAMESITE": "Lax", "PATH": "/", "DOMAIN": None}
    for name in ("__Host-theme True", "__Host-language True"):
        assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"} <= set(cookies[name].split("; "))
    assert "Secure" in cookies["__Host-theme False"]

"""Our requests to Microsoft: bounded in time and size, and never redirected elsewhere."""

import json
import time
from http import HTTPStatus
from typing import Any

import requests

from accounts.microsoft.problems import Kind, Problem

TIMEOUTS = (3, 5)
"""Seconds until a connection stands, and between two pieces of an answer."""
DEADLINE = 8
"""Seconds until a whole answer has to be here."""
MAXIMUM = 64 * 1024
"""Bytes of an answer; Microsoft's keys, the largest one, take about 20,000."""


def get(url: str) -> dict[str, Any]:
    """Return the JSON object at ``url``. Raises Problem."""
    status, answer = _ask("GET", url)
    if status != HTTPStatus.OK:
        raise Problem(Kind.INVALID, f"status {status}")
    return answer


def post(url: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Send ``form`` and return the answer's status and JSON object. Raises Problem."""
    return _ask("POST", url, form)


def _ask(method: str, url: str, form: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    deadline = time.monotonic() + DEADLINE
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    try:
        with requests.request(
            method, url, data=form, headers=headers, timeout=TIMEOUTS, allow_redirects=False, stream=True
        ) as answer:
            body = _read(answer, deadline)
    except requests.RequestException as error:
        raise Problem(Kind.UNAVAILABLE, type(error).__name__) from None
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise Problem(Kind.UNAVAILABLE, f"status {answer.status_code}")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Problem(Kind.INVALID, f"status {answer.status_code} without a JSON object")
    return answer.status_code, content


def _read(answer: requests.Response, deadline: float) -> bytes:
    body = b""
    for piece in answer.iter_content(4096):
        body += piece
        if len(body) > MAXIMUM:
            raise Problem(Kind.INVALID, "answer too large")
        if time.monotonic() > deadline:
            raise Problem(Kind.UNAVAILABLE, "answer too slow")
    return body

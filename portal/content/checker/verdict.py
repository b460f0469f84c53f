"""What has become of an address, in one word: asked, followed within its own site, and judged."""

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin

from django.utils import timezone

from portal.content.checker.exchange import Head, Way, ask
from portal.content.checker.gate import Refused, Target, open_to, target_of
from portal.models import CheckReason, CheckResult

SIGN_IN_HOSTS = frozenset(
    {
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "login.microsoft.com",
        "login.windows.net",
        "login.live.com",
    }
)
"""Where Microsoft asks people to sign in, in its clouds and for personal accounts:
https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud and
https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges (the required hosts of group "Common")."""

MOST_REDIRECTS = 5
ASK_BY_GET = frozenset({400, 403, 404, 405, 501})
"""What some servers answer to HEAD alone: the same is then asked by GET, whose body is not read."""
SIGN_IN = frozenset({401, 403})
GONE = frozenset({404, 410})
REDIRECT = frozenset({301, 302, 303, 307, 308})
REST = frozenset({429, 503})
"""A server that has enough may say for how long."""

LONGEST_REST = 24 * 60 * 60
"""Seconds that a site can ask to be left alone for; a check of the next day asks again."""
LONGEST_ADDRESS = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """What a check has found. ``rest``: for how many seconds the site asks to be left alone."""

    result: CheckResult
    reason: CheckReason | None = None
    status: int | None = None
    leads_to: str = ""
    rest: float = 0


def site_of(host: str) -> str:
    """Return what counts as one site: a host, with or without ``www.`` in front."""
    return host.lower().rstrip(".").removeprefix("www.")


def check(address: str, way: Way | None = None, *, before: Callable[[], None] = lambda: None) -> Found:
    """Return what becomes of whoever opens ``address``, at most five redirects within its site on.

    Sends requests, one after the other, all within ``way.total_seconds``; ``before`` is called before each, to wait for
    its turn. Never raises what a server, a network or a name can cause.
    """
    way = way or Way()
    try:
        return _followed(target_of(address), way, time.monotonic() + way.total_seconds, before)
    except Refused as refused:
        return Found(refused.result, refused.reason)


def _followed(target: Target, way: Way, ends: float, before: Callable[[], None]) -> Found:
    for _hop in range(MOST_REDIRECTS + 1):
        head = _asked(target, way, ends, before)
        if head.status not in REDIRECT:
            return _judged(head)
        there = leads(target, head.get("Location"))
        if there is None:
            return Found(CheckResult.UNREACHABLE, CheckReason.ANSWER, head.status)
        following = target_of(there)
        if site_of(following.host) in SIGN_IN_HOSTS:
            return Found(CheckResult.SIGN_IN)
        if site_of(following.host) != site_of(target.host):
            return _moved(following, there, head.status, way, ends)
        target = following
    return Found(CheckResult.UNREACHABLE, CheckReason.REDIRECTS)


def _asked(target: Target, way: Way, ends: float, before: Callable[[], None]) -> Head:
    """Ask without wanting the page, and where a server does not take that, as a browser does."""
    before()
    head = ask("HEAD", target, way, ends)
    if head.status not in ASK_BY_GET:
        return head
    before()
    return ask("GET", target, way, ends)


def _moved(target: Target, there: str, status: int, way: Way, ends: float) -> Found:
    """Say where an address leads, if that is somewhere that an editor could take over. Nobody there is asked."""
    open_to(target.host, ends - time.monotonic(), resolver=way.resolver, rule=way.rule)
    if len(there) > LONGEST_ADDRESS:
        return Found(CheckResult.UNREACHABLE, CheckReason.ANSWER, status)
    return Found(CheckResult.MOVED, status=status, leads_to=there)


def leads(target: Target, location: str) -> str | None:
    """Return the whole address of a redirect in plain ASCII, None where it makes none."""
    if not location:
        return None
    try:
        raw = location.encode("latin-1")  # as http.client has read it
        return urljoin(str(target), quote(raw, safe="%/:=&?~#+!$,;'@()*[]"))
    except ValueError:
        return None


def _judged(head: Head) -> Found:
    status = head.status
    if 200 <= status < 300:
        return Found(CheckResult.OPENS, status=status)
    if status in SIGN_IN:
        return Found(CheckResult.SIGN_IN, status=status)
    if status in GONE:
        return Found(CheckResult.GONE, status=status)
    rest = seconds_of(head.get("Retry-After"), timezone.now()) if status in REST else 0
    return Found(CheckResult.UNREACHABLE, status=status, rest=rest)


def seconds_of(retry_after: str, now: datetime.datetime) -> float:
    """Return the seconds of a header Retry-After, written as their number or as a moment; 0 where it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return min(int(text[:9]), LONGEST_REST)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0
    if timezone.is_naive(moment):
        moment = moment.replace(tzinfo=datetime.UTC)
    return min(max((moment - now).total_seconds(), 0), LONGEST_REST)

"""Where a person is signed in, and how that ends.

A row of allauth's UserSession is written at sign-in. Nothing is noted afterwards: looking at a page writes nothing on
this site, and a session ends by itself after PORTAL_SESSION_AGE seconds at the latest, seen or not.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.models import User

BROWSERS = [("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
            ("Chrome/", "Chrome"), ("Safari/", "Safari")]  # fmt: skip
SYSTEMS = [("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
           ("Mac OS X", "macOS"), ("Linux", "Linux")]  # fmt: skip
"""What a User-Agent header contains and what that is called; the first one that fits. Names of products stay as is."""


@dataclass(frozen=True)
class SignedIn:
    """One place where a person is signed in."""

    pk: int
    device: str
    ip: str
    since: datetime.datetime
    until: datetime.datetime
    is_current: bool


def of(user: User, current_key: str | None, now: datetime.datetime) -> list[SignedIn]:
    """Return where ``user`` is signed in, this session first, then the latest."""
    rows = {row.session_key: row for row in UserSession.objects.filter(user=user)}
    alive = [one for one in Session.objects.filter(pk__in=rows, expire_date__gt=now) if _belongs_to(one, user)]
    found = [
        SignedIn(
            pk=rows[one.pk].pk,
            device=device(rows[one.pk].user_agent),
            ip=rows[one.pk].ip,
            since=rows[one.pk].created_at,
            until=one.expire_date,
            is_current=one.pk == current_key,
        )
        for one in alive
    ]
    return sorted(found, key=lambda one: (one.is_current, one.since), reverse=True)


def _belongs_to(session: Session, user: User) -> bool:
    """Return whether the session would still be let in: a new password ends it, whoever set it."""
    kept = session.get_decoded().get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(kept, one) for one in hashes)


def end(user: User, pk: int) -> bool:
    """End one session of ``user``: its next request comes from a stranger. Return whether there was one."""
    return _end(UserSession.objects.filter(user=user, pk=pk)) > 0


def end_others(user: User, current_key: str | None) -> int:
    """End every session of ``user`` but that with ``current_key``; return how many there were."""
    return _end(UserSession.objects.filter(user=user).exclude(session_key=current_key))


@transaction.atomic
def _end(rows: Iterable[UserSession]) -> int:
    found = list(rows)
    ended, _by_model = Session.objects.filter(pk__in=[row.session_key for row in found]).delete()
    UserSession.objects.filter(pk__in=[row.pk for row in found]).delete()
    return ended


def follow(old_key: str, new_key: str | None) -> None:
    """Keep the list right after Django has given a session another key, as it does when SECRET_KEY is rotated."""
    if new_key:
        UserSession.objects.filter(session_key=old_key).update(session_key=new_key)


def device(user_agent: str) -> str:
    """Return what a browser calls itself in words: "Chrome, Windows"."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")

"""Sessions of people, for a middleware that is asked by itself."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore


def session_of(person=None):
    """Return a session that says who is signed in, as it is when a request begins: nothing is to be written."""
    session = SessionStore()
    if person is not None:
        session[SESSION_KEY] = str(person.pk)
    session.modified = False
    return session

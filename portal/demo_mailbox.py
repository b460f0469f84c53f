"""The demonstration's mailbox: the mails in a folder, newest first."""

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

LIMIT = 50


@dataclass(frozen=True)
class Mail:
    """One mail as a person reads it."""

    recipient: str
    subject: str
    date: str
    text: str


def read(folder: Path) -> list[Mail]:
    """Return the newest mails that the file backend of Django has written to ``folder``."""
    if not folder.is_dir():
        return []
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    mails: list[Mail] = []
    for path in files[:LIMIT]:
        mails += reversed([_parse(raw) for raw in _split(path.read_bytes())])
    return mails[:LIMIT]


def _split(content: bytes) -> list[bytes]:
    """The backend ends each mail with a line of 79 hyphens."""
    return [raw.lstrip(b"\n") for raw in content.split(b"-" * 79) if raw.strip()]


def _parse(raw: bytes) -> Mail:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    return Mail(
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        date=str(message["Date"]),
        text=body.get_content() if body else "",
    )

"""Log lines without the keys that some addresses are."""

import logging
import re

KEYS = re.compile(r"(/invitation/|/accounts/password/reset/key/|/accounts/confirm-email/)[^/\s?]+")


class KeysOfAddresses(logging.Filter):
    """Replaces what follows in paths such as /invitation/…/: who reads the log must not be able to use it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place where its message carries a key; keep every record."""
        message = record.getMessage()
        hidden = KEYS.sub(r"\1…", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True

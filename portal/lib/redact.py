"""Log lines without the keys that some addresses are."""

import logging
import re

KEYS = re.compile(
    r"((?:/|%2F)(?:invitation|accounts(?:/|%2F)password(?:/|%2F)reset(?:/|%2F)key|accounts(?:/|%2F)confirm-email)(?:/|%2F))"
    r"(?:(?!%2F)[^/\s?&])+",
    re.IGNORECASE,
)
"""Also within another address, as in ``/accounts/login/?next=%2Finvitation%2F…``."""


class KeysOfAddresses(logging.Filter):
    """Replaces what follows in paths such as /invitation/…/: who reads the log must not be able to use it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place where its message carries a key; keep every record."""
        message = record.getMessage()
        hidden = KEYS.sub(r"\1…", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True

"""An ID for each request that can be quoted where a UUID is asked for, and leads back to its request.

Partner Center and Microsoft's support speak of correlation IDs. This one is made from the request's number alone, so
it is nowhere stored: its first half is of the UUID (version 5) of the number, its last twelve digits are the number.
"""

import re
import uuid

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, "self-service portal: requests by number")
"""Changed, every ID that was ever quoted is lost."""

CUSTOM_VERSION = "8"
"""RFC 9562: what the bits mean is the business of whoever makes the UUID."""


def correlation_id(number: str) -> uuid.UUID:
    """Return the ID of the request with this number, such as R-000000042: always the same one."""
    made = uuid.uuid5(NAMESPACE, number).hex
    return uuid.UUID(f"{made[:12]}{CUSTOM_VERSION}{made[13:20]}{number.removeprefix('R-'):0>12}")


def number_in(text: str) -> str | None:
    """Return the number of the request whose ID ``text`` is, however it is written; None: it is no ID of ours."""
    found = re.fullmatch(r"[0-9a-f]{20}000([0-9]{9})", text.strip().strip("{}").replace("-", "").lower())
    if found is None:
        return None
    number = f"R-{found[1]}"
    return number if correlation_id(number).hex == found[0] else None

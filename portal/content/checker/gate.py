"""Which computers the checker may ask: those that everybody can reach, by https, and no others.

Whoever may write an address must not be able to have the site look around in its own network. A name is resolved once;
the connection goes to exactly the address that was looked at, so that an answer that changes between two questions
(DNS rebinding) gains nothing.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.models import CheckReason, CheckResult

RESOLVE_SECONDS = 5
"""How long the system's resolver may take for a name."""

PLATFORM = frozenset({ipaddress.ip_address("168.63.129.16")})
"""Azure's own services for the machines in it, on an address that looks public:
https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16"""

V6_IN_USE = ipaddress.ip_network("2000::/3")
"""All of IPv6 that has been given out for everybody (RFC 4291, IANA's registry of global unicast)."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 as IPv6 in the last 32 bits (RFC 6052); a gateway of the network that we stand in unpacks it."""

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """The address is not asked, or could not be; ``result`` and ``reason`` are what is told of it."""

    def __init__(self, result: CheckResult, reason: CheckReason | None = None) -> None:
        super().__init__(reason or result)
        self.result, self.reason = result, reason


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked: the host by its name, and the path with its query, in plain ASCII."""

    host: str
    path: str

    def __str__(self) -> str:
        return f"https://{self.host}{self.path}"


def target_of(address: str) -> Target:
    """Return what an address asks for: without its part behind #, which no server is told. Raises Refused.

    Only https on its own port, and neither a name nor a password in it.
    """
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise Refused(CheckResult.UNREACHABLE, CheckReason.ANSWER) from None
    if parts.scheme != "https":
        raise Refused(CheckResult.UNREACHABLE, CheckReason.INSECURE)
    if not host or not host.isascii() or port not in (None, 443) or parts.username is not None:
        raise Refused(CheckResult.UNREACHABLE, CheckReason.ANSWER)
    written = f"[{host}]" if ":" in host else host
    return Target(written, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def is_public(address: str) -> bool:
    """Return whether an IP address is one that everybody on the internet can reach, whatever it is wrapped in."""
    try:
        found: Address = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id:
            return False
        if found.ipv4_mapped:
            found = found.ipv4_mapped
        elif found in NAT64:
            found = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        elif (
            found not in V6_IN_USE or found.sixtofour
        ):  # the latter is given up (RFC 7526), and wraps whatever one likes
            return False
    return found.is_global and not found.is_multicast and found not in PLATFORM


def resolve(host: str, seconds: float) -> list[str]:
    """Return the IP addresses of a name, as the system's resolver has them, waiting no longer than ``seconds``
    and :data:`RESOLVE_SECONDS`.

    Raises OSError where the name is not known, TimeoutError where that takes too long. The resolver itself cannot be
    called off; its thread ends when it does and keeps nothing from ending.
    """
    found: list[list[str] | OSError] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host.strip("[]"), 443, type=socket.SOCK_STREAM)
            found.append(list(dict.fromkeys(str(row[4][0]) for row in rows)))
        except (OSError, UnicodeError) as error:
            found.append(error if isinstance(error, OSError) else OSError(str(error)))

    if seconds > 0:
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(min(seconds, RESOLVE_SECONDS))
    if not found:
        raise TimeoutError
    if isinstance(found[0], OSError):
        raise found[0]
    return found[0]


def open_to(
    host: str, seconds: float, *, resolver: Callable[[str, float], list[str]], rule: Callable[[str], bool]
) -> list[str]:
    """Return the IP addresses of ``host``, resolved this once. Raises Refused.

    One that is not public among them closes the gate to all: no honest name has both.
    """
    try:
        found = resolver(host, seconds)
    except TimeoutError:
        raise Refused(CheckResult.TIMEOUT) from None
    except OSError:
        raise Refused(CheckResult.UNREACHABLE, CheckReason.NAME) from None
    if not found:
        raise Refused(CheckResult.UNREACHABLE, CheckReason.NAME)
    if not all(rule(one) for one in found):
        raise Refused(CheckResult.UNREACHABLE, CheckReason.PRIVATE)
    return found

"""What every answer of the site has to carry, whatever it answers."""

import re
from typing import Any

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
POLICY = re.compile(
    r"default-src 'none'; script-src 'self'( 'nonce-[^']+')?; style-src 'self'( 'nonce-[^']+')?; img-src 'self' data:; "
    r"font-src 'self'; connect-src 'self'; form-action 'self'( https://[\w.-]+)*; frame-ancestors 'none'; "
    r"base-uri 'none'; object-src 'none'"
)
FILE = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""The policy of what people have attached, wherever it is given out."""


def faults(response: Any, *, signed_in: bool) -> list[str]:
    """Return what the headers and cookies of an answer lack."""
    found = [f"{name}: {response.headers.get(name)}" for name in FIXED if response.headers.get(name) != FIXED[name]]
    policy = response.headers.get("Content-Security-Policy", "")
    of_picture = response.headers.get("Content-Type") in ("image/png", "image/jpeg", "image/webp")
    of_file = of_picture or (
        response.headers.get("Content-Disposition", "").startswith("attachment") and response.streaming
    )
    if not (policy == FILE if of_file else POLICY.fullmatch(policy)):
        found.append(f"Content-Security-Policy: {policy}")
    kept = "private, max-age=31536000, immutable" if of_picture else "private, no-store"
    if signed_in and response.headers.get("Cache-Control") != kept:
        found.append(f"Cache-Control: {response.headers.get('Cache-Control')}")
    for name, cookie in response.cookies.items():
        if not cookie["samesite"] or not (cookie["httponly"] or not cookie.value):
            found.append(f"cookie {name}: {cookie.OutputString()}")
    return found

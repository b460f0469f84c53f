"""Who somebody is, according to Microsoft: the ID token, believed only after every check.

https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
"""

import hmac
import uuid
from dataclasses import dataclass
from typing import Any

import jwt
from allauth.account.internal.emailkit import valid_email_or_none
from django.core.cache import cache

from accounts.microsoft import outgoing
from accounts.microsoft.problems import Kind, Problem
from accounts.microsoft.registrations import Registration

ALGORITHM = "RS256"
LEEWAY = 60
"""Seconds by which Microsoft's clock and ours may differ."""
REQUIRED = ["iss", "aud", "exp", "nbf", "iat", "sub", "nonce", "tid", "oid"]
CONSUMERS = uuid.UUID("9188040d-6c67-4c5b-b112-36a304b66dad")
"""The tenant that Microsoft files all personal accounts under: nobody's company."""
KEYS_KEPT = 60 * 60 * 24
KEYS_PAUSE = 60
"""Seconds between two looks for a key that was not there."""


@dataclass(frozen=True)
class Identity:
    """A person as a checked token describes them."""

    registration: Registration
    tenant: uuid.UUID
    object_id: uuid.UUID
    username: str  # only to be shown: it changes, and others may get it later
    name: str
    email: str  # empty unless Microsoft vouches for the address
    is_guest: bool
    methods: list[str]  # how they proved who they are: pwd, mfa, …

    @property
    def uid(self) -> str:
        """What stays the same for a person: never their address, which their company can write as it likes."""
        return f"{self.tenant}:{self.object_id}"


def check(token: object, registration: Registration, *, nonce: str) -> Identity:
    """Return whom ``token`` describes. Raises Problem unless it is genuine, current, and meant for this sign-in.

    May fetch the authority's keys.
    """
    if not isinstance(token, str):
        raise Problem(Kind.INVALID, "no ID token")
    try:
        key = _signing_key(token, registration)
        claims = jwt.decode(
            token,
            jwt.PyJWK(key, ALGORITHM).key,
            algorithms=[ALGORITHM],
            audience=registration.client_id,
            leeway=LEEWAY,
            options={"require": REQUIRED, "strict_aud": True, "enforce_minimum_key_length": True},
        )
    except jwt.PyJWTError as error:
        raise Problem(Kind.INVALID, type(error).__name__) from None
    if not nonce or not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise Problem(Kind.INVALID, "another nonce")
    tenant, object_id = _uuid(claims["tid"], "tid"), _uuid(claims["oid"], "oid")
    if tenant == CONSUMERS:
        raise Problem(Kind.NO_ACCESS, "personal account", username=_line(claims.get("preferred_username")))
    issuer = registration.issuer(tenant)
    if claims["iss"] != issuer or str(key.get("issuer", issuer)).replace("{tenantid}", str(tenant)) != issuer:
        raise Problem(Kind.INVALID, "another issuer")
    return _identity(claims, registration, tenant, object_id)


def _identity(claims: dict[str, Any], registration: Registration, tenant: uuid.UUID, object_id: uuid.UUID) -> Identity:
    # Microsoft writes the claim as a boolean, a number or a text.
    vouched = claims.get("xms_edov") in (True, "1", "true", "True")
    methods = claims.get("amr")
    return Identity(
        registration=registration,
        tenant=tenant,
        object_id=object_id,
        username=_line(claims.get("preferred_username")),
        name=_line(claims.get("name")),
        email=_address(claims.get("email")) if vouched else "",
        is_guest=claims.get("acct") in (1, "1"),
        methods=[str(method) for method in methods] if isinstance(methods, list) else [],
    )


def _uuid(value: object, claim: str) -> uuid.UUID:
    """Read a UUID in its usual spelling, and in no other one: each person has one uid."""
    try:
        read = uuid.UUID(str(value))
    except ValueError:
        read = None
    if read is None or str(read) != value:
        raise Problem(Kind.INVALID, f"{claim} is no UUID")
    return read


def _line(value: object) -> str:
    """Return a text of the token as one line that fits a person's name."""
    return "".join(filter(str.isprintable, value)).strip()[:150] if isinstance(value, str) else ""


def _address(value: object) -> str:
    address = valid_email_or_none(value) if isinstance(value, str) else None
    return address.lower() if address and len(address) <= 254 else ""


# --- Microsoft's keys ------------------------------------------------------------------------------------------


def _signing_key(token: str, registration: Registration) -> dict[str, Any]:
    """Return the authority's key that ``token`` says it is signed with. Raises Problem, PyJWTError."""
    kept = f"{registration.provider_id}:keys:{registration.keys_url}"
    keys: dict[str, dict[str, Any]] | None = cache.get(kept)
    key_id = jwt.get_unverified_header(token).get("kid", "")
    if keys is None or (key_id not in keys and cache.add(f"{kept}:looked", True, KEYS_PAUSE)):
        keys = _fetch_keys(registration)
        cache.set(kept, keys, KEYS_KEPT)
    if key_id not in keys:
        raise Problem(Kind.INVALID, "unknown key")
    return keys[key_id]


def _fetch_keys(registration: Registration) -> dict[str, dict[str, Any]]:
    entries = outgoing.get(registration.keys_url).get("keys")
    keys = {
        entry["kid"]: entry
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
        and isinstance(entry.get("kid"), str)
        and entry.get("kty") == "RSA"
        and entry.get("use", "sig") == "sig"
    }
    if not keys:
        raise Problem(Kind.INVALID, "no keys")
    return keys

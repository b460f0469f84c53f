"""A local OpenID provider that answers over HTTP as Entra ID does.

oidc-provider-mock issues codes and tokens and checks the client, its secret, the redirect address and that a code is
used once. Around it stands what Entra adds: its addresses, PKCE, its issuers and claims. ``lies`` make it answer
something else, as an attacker, a proxy or a bad day would.
"""

import base64
import hashlib
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import jwt
import oidc_provider_mock
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from oidc_provider_mock._server import _threaded_server
from oidc_provider_mock._storage import User as ProviderUser

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
OTHER_TENANT = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
OBJECT = "00000000-0000-0000-66f3-3332eca7ea81"

PATHS = {
    "/organizations/oauth2/v2.0/authorize": "/oauth2/authorize",
    "/organizations/oauth2/v2.0/token": "/oauth2/token",
    "/organizations/discovery/v2.0/keys": "/jwks",
}


class Entra:
    """The provider. ``authority`` is its address; ``lies`` maps a path's last part to a function of the answer."""

    authority = ""

    def __init__(self) -> None:
        self._first_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._challenges: dict[str, str] = {}
        self.forget()
        self._app = oidc_provider_mock.app(
            require_client_registration=True,
            require_nonce=True,
            user_claims=[ProviderUser(sub="worker", claims={})],
        )

    def forget(self) -> None:
        """Be honest again, for the next test."""
        self.key, self.key_id = self._first_key, "key-1"
        self.published = {self.key_id: self.key.public_key()}
        self.key_issuer = "{authority}/{{tenantid}}/v2.0"
        self.sign: Callable[[dict], str] = self.sign_well
        self.lies: dict[str, Callable] = {}
        self.asked: list[str] = []
        self.token_requests: list[dict[str, str]] = []
        self.person()

    # --- What tests say about the person who signs in ---

    def person(self, email: str = "new@victoria.example", *, tenant: str = TENANT, oid: str = OBJECT, **claims: object):
        """Choose who signs in next; a claim that is None is left out of the token."""
        self.claims = {
            "tid": tenant,
            "oid": oid,
            "iss": f"{self.authority}/{tenant}/v2.0",
            "name": "New Person",
            "preferred_username": email,
            "email": email,
            "xms_edov": True,
            "ver": "2.0",
        } | claims

    def register(self, *redirect_uris: str) -> None:
        """Register the site as a client, as an administrator does at Entra."""
        answer = requests.post(
            f"{self.authority}/oauth2/clients",
            json={"redirect_uris": redirect_uris, "token_endpoint_auth_method": "client_secret_post"},
            timeout=5,
        ).json()
        self.client_id, self.secret = answer["client_id"], answer["client_secret"]

    def settings(self) -> dict[str, str]:
        return {"authority": self.authority, "client_id": self.client_id, "secret": self.secret}

    def approve(self, address: str, **form: str) -> str:
        """Do what a browser does at the authorization page; return where it is sent back to."""
        form = form or {"sub": "worker"}
        answer = requests.post(address, data=form, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    # --- The tokens ---

    def sign_well(self, claims: dict) -> str:
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.key_id})

    def new_key(self, key_id: str) -> None:
        """Roll the signing key over, as Entra does without notice."""
        self.key, self.key_id = rsa.generate_private_key(public_exponent=65537, key_size=2048), key_id
        self.published[key_id] = self.key.public_key()

    def _keys(self) -> dict:
        issuer = self.key_issuer.format(authority=self.authority)
        return {
            "keys": [
                json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key)) | {"kid": kid, "use": "sig", "issuer": issuer}
                for kid, key in self.published.items()
            ]
        }

    def _token(self, answer: dict) -> dict:
        issued = jwt.decode(answer["id_token"], options={"verify_signature": False})
        claims = issued | {"nbf": issued["iat"], "aud": issued["aud"][0]} | self.claims
        answer["id_token"] = self.sign({key: value for key, value in claims.items() if value is not None})
        return answer

    # --- WSGI ---

    def __call__(self, environ: dict, start_response: Callable) -> list[bytes]:
        path = environ["PATH_INFO"]
        self.asked.append(path)
        last = path.rsplit("/", 1)[-1]
        if last in self.lies and path in PATHS:
            return self.lies[last](environ, start_response)
        environ["PATH_INFO"] = PATHS.get(path, path)
        if last == "token":
            return self._answer_token(environ, start_response)
        if last == "keys":
            return json_answer(self._keys(), start_response)
        if last == "authorize":
            return self._answer_authorize(environ, start_response)
        return self._app(environ, start_response)

    def _answer_authorize(self, environ: dict, start_response: Callable) -> list[bytes]:
        query = {key: values[0] for key, values in parse_qs(environ["QUERY_STRING"]).items()}
        assert query["code_challenge_method"] == "S256"

        def started(status: str, headers: list, *rest: object) -> object:
            code = parse_qs(urlsplit(dict(headers).get("Location", "")).query).get("code")
            if code:
                self._challenges[code[0]] = query["code_challenge"]
            return start_response(status, headers, *rest)

        return self._app(environ, started)

    def _answer_token(self, environ: dict, start_response: Callable) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        self.token_requests.append(form)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if self._challenges.get(form.get("code"), challenge) != challenge:
            return json_answer(
                {"error": "invalid_grant", "error_description": "AADSTS50148"}, start_response, "400 Bad"
            )
        environ["wsgi.input"] = io.BytesIO(body)
        status: list[str] = []
        answer = json.loads(b"".join(self._app(environ, lambda code, *rest: status.append(code))))
        return json_answer(self._token(answer) if "id_token" in answer else answer, start_response, status[0])


def json_answer(content: object, start_response: Callable, status: str = "200 OK") -> list[bytes]:
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(content).encode()]


def says(body: bytes, status: str = "200 OK", **headers: str) -> Callable:
    """A lie: answer this, whatever was asked."""

    def answer(environ: dict, start_response: Callable) -> list[bytes]:
        start_response(status, [("Content-Type", "application/json"), *headers.items()])
        return [body]

    return answer


def dawdles(pause: float, pieces: int = 100) -> Callable:
    """A lie: answer a byte at a time, so that no single one of them is late."""

    def answer(environ: dict, start_response: Callable) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        for _piece in range(pieces):
            time.sleep(pause)
            yield b" "

    return answer


@contextmanager
def running() -> Iterator[Entra]:
    """Run a provider on a free port of this machine until the context ends."""
    entra = Entra()
    with _threaded_server(entra) as server:
        entra.authority = f"http://localhost:{server.server_port}"
        yield entra


def parameters(address: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}


def path_of(address: str) -> str:
    return re.sub(r"^https?://[^/]+", "", address)

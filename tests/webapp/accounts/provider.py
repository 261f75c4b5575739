"""A small identity service (OpenID Connect) on this machine, as strict as a real one."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server

CLIENT, CLIENT_SECRET = "mianshen-test", "a secret that both know"


@dataclass
class Provider:
    """Who is signed in at the service, and what it says of them; a test may make it lie."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    issuer: str = ""
    subject: str = "42"
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    signing: Any = None
    named: str = ""
    offered: tuple[str, ...] = ("RS256",)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> Flask:
        """Make the service's pages."""
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self.configuration)
        app.add_url_rule("/authorize", view_func=self.authorize)
        app.add_url_rule("/token", view_func=self.token, methods=["POST"])
        app.add_url_rule("/keys", view_func=self.keys)
        return app

    def configuration(self) -> Response:
        return jsonify(
            issuer=self.named or self.issuer,
            authorization_endpoint=f"{self.issuer}/authorize",
            token_endpoint=f"{self.issuer}/token",
            jwks_uri=f"{self.issuer}/keys",
            response_types_supported=["code"],
            id_token_signing_alg_values_supported=list(self.offered),
        )

    def keys(self) -> Response:
        return jsonify(keys=[self.key.as_dict(private=False)])

    def authorize(self) -> Any:
        """Let the person in at once; only asks that follow the rules get a code."""
        asked = request.args
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["state"]
        assert asked["nonce"]
        code = secrets.token_urlsafe()
        self.codes[code] = asked.to_dict()
        return redirect(
            f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        )

    def token(self) -> Any:
        """Change a code into what the service says of the person; once."""
        asked = self.codes.pop(request.form.get("code", ""), None)
        given = request.authorization
        if given is None or (given.username, given.password) != (CLIENT, CLIENT_SECRET):
            return jsonify(error="invalid_client"), 401
        proof = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge:
            return jsonify(error="invalid_grant"), 400
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.subject,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "email": "person@example.cn",
            **self.claims,
        }
        key = self.signing or self.key
        algorithms = [self.header["alg"]]
        token = jwt.encode(self.header, claims, key, algorithms=algorithms)
        return jsonify(access_token="x", token_type="Bearer", expires_in=300, id_token=token)


class Running:
    """The service on a free port of this machine."""

    def __init__(self) -> None:
        self.provider = Provider()
        self._server = make_server("127.0.0.1", 0, self.provider.app(), threaded=True)
        self.provider.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def shared_secret() -> OctKey:
    """Give the secret that both know as a key: who has it could sign for the service."""
    return OctKey.import_key(CLIENT_SECRET * 2)

import pytest

from assets.pull_requests.sources.api import GithubError, Refused
from resources.github import CredentialsError
from tests import github_server
from tests.github_server import REPOSITORY, Hub, as_json
from tests.resources.github.asking import PULL, SECRET, ask, pull


def test_the_token_goes_to_the_api_and_into_no_message(hub: Hub) -> None:
    hub.plan(PULL, "401", "forever", "500")
    log: list[str] = []
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            ask(hub, pull, {"CORPUSMITH_GITHUB_TOKEN": SECRET}, log=log, max_attempts=2)
        assert SECRET not in f"{caught.value!s}{caught.value!r}{log}"
    assert {asked.headers["authorization"] for asked in hub.requests} == {f"token {SECRET}"}
    assert not any(SECRET in asked.target for asked in hub.requests)


def test_an_app_signs_and_gets_a_token_for_the_installation_of_the_repository(hub: Hub) -> None:
    import jwt
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def signed(headers: dict[str, str]) -> bool:
        claims = jwt.decode(headers["authorization"].removeprefix("Bearer "), key.public_key(), algorithms=["RS256"])
        return bool(claims["iss"] == "123")

    def installation(query: dict[str, str], headers: dict[str, str]) -> github_server.Reply:
        return as_json({"id": 42}) if signed(headers) else as_json({}, 401)

    def token(query: dict[str, str], headers: dict[str, str]) -> github_server.Reply:
        return as_json({"token": SECRET, "expires_at": "2199-01-01T00:00:00Z"}, 201) if signed(headers) else as_json({}, 401)

    hub.answers |= {f"/repos/{REPOSITORY}/installation": installation, "/app/installations/42/access_tokens": token}
    app = {"CORPUSMITH_GITHUB_APP_ID": "123", "CORPUSMITH_GITHUB_APP_PRIVATE_KEY": pem.replace("\n", "\\n")}
    assert ask(hub, pull, app).data["number"] == 1
    assert hub.requests[-1].headers["authorization"] == f"token {SECRET}"
    assert ask(hub, pull, app | {"CORPUSMITH_GITHUB_APP_INSTALLATION_ID": "42"}).data["number"] == 1
    assert hub.asked(f"/repos/{REPOSITORY}/installation") == 1
    del hub.answers[f"/repos/{REPOSITORY}/installation"]
    with pytest.raises(Refused) as caught:
        ask(hub, pull, app)
    assert caught.value.rule == "forbidden"
    hub.answers["/app/installations/42/access_tokens"] = lambda query, headers: as_json({"message": SECRET}, 401)
    with pytest.raises(GithubError, match="CORPUSMITH_GITHUB_APP") as error:
        ask(hub, pull, app | {"CORPUSMITH_GITHUB_APP_INSTALLATION_ID": "42"})
    assert SECRET not in str(error.value)
    with pytest.raises(CredentialsError, match="not an RSA key"):
        ask(hub, pull, app | {"CORPUSMITH_GITHUB_APP_PRIVATE_KEY": f"-----BEGIN {SECRET}"})

from pathlib import Path

import pytest

from resources.github.credentials import App, CredentialsError, Token, credentials, variable

DOTCOM, ENTERPRISE = "https://api.github.com", "https://git.example-1.com/api/v3"


def test_names() -> None:
    assert variable("api.github.com") == "CORPUSMITH_GITHUB_TOKEN_API_GITHUB_COM"
    assert variable("git.example-1.com") == "CORPUSMITH_GITHUB_TOKEN_GIT_EXAMPLE__1_COM"


def test_who_gets_which_token() -> None:
    everything = {"CORPUSMITH_GITHUB_TOKEN": "general", "GITHUB_TOKEN": "actions", variable("git.example-1.com"): "named"}
    assert credentials(ENTERPRISE, everything) == Token("named")
    assert credentials(DOTCOM, everything) == Token("general")
    assert credentials(DOTCOM, {"GITHUB_TOKEN": "actions"}) == Token("actions")
    assert credentials(ENTERPRISE, {"GITHUB_TOKEN": "actions"}) is None
    assert credentials("http://git.example.com", everything) is None
    assert credentials("http://127.0.0.1:8000", everything) == Token("general")
    assert credentials("http://git.example-1.com", everything) == Token("named")
    assert credentials(DOTCOM, {}) is None


def test_app(tmp_path: Path) -> None:
    pem = "-----BEGIN " + "PRIVATE KEY-----\nx\n"
    file = tmp_path / "key.pem"
    file.write_text(pem)
    app = {"CORPUSMITH_GITHUB_APP_ID": "1", "CORPUSMITH_GITHUB_APP_PRIVATE_KEY": str(file), "CORPUSMITH_GITHUB_TOKEN": "t"}
    assert credentials(DOTCOM, app) == App("1", pem, None)
    assert credentials(DOTCOM, app | {"CORPUSMITH_GITHUB_APP_INSTALLATION_ID": "7"}) == App("1", pem, 7)
    assert credentials(DOTCOM, app | {variable("api.github.com"): "named"}) == Token("named")
    assert "PRIVATE" not in repr(credentials(DOTCOM, app))


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"CORPUSMITH_GITHUB_TOKEN": "s3cret\nx"}, "CORPUSMITH_GITHUB_TOKEN"),
        ({"GITHUB_TOKEN": "s3cret x"}, "GITHUB_TOKEN"),
        ({"CORPUSMITH_GITHUB_APP_ID": "1"}, "PRIVATE_KEY"),
        ({"CORPUSMITH_GITHUB_APP_ID": "1", "CORPUSMITH_GITHUB_APP_PRIVATE_KEY": "/nowhere/s3cret"}, "PRIVATE_KEY"),
        (
            {
                "CORPUSMITH_GITHUB_APP_ID": "1",
                "CORPUSMITH_GITHUB_APP_PRIVATE_KEY": "-----BEGIN",
                "CORPUSMITH_GITHUB_APP_INSTALLATION_ID": "s3cret",
            },
            "INSTALLATION_ID",
        ),
    ],
)
def test_what_cannot_be_used_is_named_and_not_shown(environment: dict[str, str], name: str) -> None:
    with pytest.raises(CredentialsError, match=name) as caught:
        credentials(DOTCOM, environment)
    assert "s3cret" not in str(caught.value)


def test_tokens_do_not_show() -> None:
    assert "abc" not in repr(Token("abc"))

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assets.code.sources import git, git_credentials

if TYPE_CHECKING:
    from tests.assets.code.sources.conftest import GitServer

TOKEN = "tok" + "en-of-tests"


@pytest.fixture
def private(repository: Path, server: "GitServer") -> git.GitSource:
    """The repository, behind a host that wants a token."""
    server.login = f"x-access-token:{TOKEN}"
    return git.GitSource(url=server.url(f"{repository.name}/.git"), timeout_s=60)


def holders(folder: Path, secret: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_the_token_opens_the_repository(
    private: git.GitSource, server: "GitServer", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORPUSMITH_GIT_TOKEN", TOKEN)
    found, problems = git.list_all([private], tmp_path / "mirrors")
    assert problems.is_empty()
    assert "src/app.py" in found["path"]
    basic = base64.b64encode(server.login.encode()).decode()
    assert f"Basic {basic}" in server.authorizations
    assert any("git" in line and "remote-http" in line for line in server.command_lines)  # it was looked at while git ran
    assert not any(TOKEN in line or basic in line for line in server.command_lines)
    assert holders(tmp_path / "mirrors", TOKEN) == holders(tmp_path / "mirrors", basic) == []
    assert TOKEN not in found.write_json()


def test_the_token_of_one_host(private: git.GitSource, server: "GitServer", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.login = f"builder:{TOKEN}"
    monkeypatch.setenv("CORPUSMITH_GIT_TOKEN", "another")
    monkeypatch.setenv("CORPUSMITH_GIT_TOKEN_127_0_0_1", f"builder:{TOKEN}")
    assert len(git.sync(private, tmp_path / "mirrors")) == 1


@pytest.mark.parametrize("variable", ["CORPUSMITH_GIT_TOKEN", "CORPUSMITH_GIT_TOKEN_127_0_0_1", "ANOTHER"])
def test_a_wrong_token(private: git.GitSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "wrong-" + TOKEN)
    _, problems = git.list_all([private], tmp_path / "mirrors")
    (row,) = problems.rows(named=True)
    assert row["rule"] == "unreachable"
    assert "Authentication failed" in row["detail"] or "could not read Username" in row["detail"]
    assert TOKEN not in problems.write_json()


def test_gits_own_helper(private: git.GitSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = f"!f() {{ echo username=x-access-token; echo password={TOKEN}; }}; f"
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "credential.helper")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", helper)
    assert len(git.sync(private, tmp_path / "mirrors")) == 1


def test_a_host_gets_its_token_only() -> None:
    environment = {"CORPUSMITH_GIT_TOKEN": "any", "CORPUSMITH_GIT_TOKEN_GIT__LAB_EXAMPLE_ORG": "one"}
    assert git_credentials.token("https://git-lab.example.org/x", environment) == ("x-access-token", "one")
    assert git_credentials.token("https://git.lab.example.org/x", environment) == ("x-access-token", "any")
    assert git_credentials.token("http://example.org/x", environment) is None  # never over plain http unless it names the host
    assert git_credentials.token("ssh://git@example.org/x", environment) is None
    assert git_credentials.token("/local/x", environment) is None
    assert git_credentials.token("https://example.org/x", {"CORPUSMITH_GIT_TOKEN": "a\npassword=b"}) is None
    _, options = git_credentials.handed_over("https://example.org:8443/x", environment)
    assert {key for key, _ in options} == {"credential.https://example.org:8443.helper"}
    assert not any("any" in value for _, value in options)


def test_git_sees_no_other_token(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count_git: Callable[[], list[str]]
) -> None:
    script = tmp_path / "bin/git"
    script.write_text(script.read_text().replace("exec ", f"env >> {tmp_path}/environment\nexec "))
    monkeypatch.setenv("CORPUSMITH_GIT_TOKEN", TOKEN)
    git.sync(git.GitSource(url=str(repository)), tmp_path / "mirrors")
    seen = (tmp_path / "environment").read_text()
    assert "GIT_TERMINAL_PROMPT=0" in seen
    assert TOKEN not in seen
    assert os.environ["CORPUSMITH_GIT_TOKEN"] == TOKEN


def test_messages_hold_no_token() -> None:
    environment = {"CORPUSMITH_GIT_TOKEN": "a/b+c"}
    basic = base64.b64encode(b"x-access-token:a/b+c").decode()
    text = git_credentials.redact(f"bad a/b+c, a%2Fb%2Bc and {basic}", "https://host/x", environment)
    assert text == "bad ***, *** and ***"

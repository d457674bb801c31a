import pytest
from pydantic import ValidationError

from assets.code.sources.git_source import GitSource, without_credentials


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://user:token@host/x", "https://host/x"),
        ("https://token@host:8443/x.git", "https://host:8443/x.git"),
        ("ssh://git:pw@host/x", "ssh://git@host/x"),
        ("git@host:x.git", "git@host:x.git"),
        ("/local/a@b", "/local/a@b"),
        ("https://host/x@y", "https://host/x@y"),
    ],
)
def test_credentials_are_removed_and_refused(url: str, clean: str) -> None:
    assert without_credentials(url) == clean
    assert GitSource(url=clean).repository == clean
    if url != clean:
        with pytest.raises(ValidationError, match="must not hold a user or a password: set CORPUSMITH_GIT_TOKEN") as raised:
            GitSource(url=url)
        assert "token@" not in str(raised.value)
        assert "pw@" not in str(raised.value)


def test_a_token_in_a_query_is_refused() -> None:
    with pytest.raises(ValidationError, match="no query") as raised:
        GitSource(url="https://host/x?private_token=s3cret")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "values",
    [
        {"url": "--upload-pack=x"},
        {"url": ""},
        {"url": "https://host/a b"},
        {"url": "x", "ref": "-x"},
        {"url": "x", "ref": "a:b"},
        {"url": "x", "depth": 0},
        {"url": "x", "branches": "all"},
        {"url": "x", "branches": "heads", "ref": "main"},
    ],
)
def test_settings_that_git_would_misread(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        GitSource.model_validate(values)

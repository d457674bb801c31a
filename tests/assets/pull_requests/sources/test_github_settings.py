from typing import Any

import pytest

from assets.pull_requests.sources.github_settings import GithubSettings


@pytest.mark.parametrize(
    "fields",
    [
        {"base_url": "ftp://host"},
        {"base_url": "https://user:" + "pass@host"},
        {"base_url": "https://host?x=1"},
        {"repositories": ("name",)},
        {"repositories": ("o/..",)},
        {"repositories": ("o/n/x",)},
        {"repositories": ("o/n?x",)},
    ],
)
def test_settings_that_are_wrong(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:
        GithubSettings(**fields)
    assert "pass@" not in str(caught.value)


def test_repositories_are_named_once() -> None:
    assert GithubSettings(repositories=("O/n", "a/b", "o/N")).repositories == ("O/n", "a/b")

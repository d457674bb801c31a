import polars as pl
import pytest

from assets.code import path_globs

FILES = pl.DataFrame(
    {
        "repository": ["https://github.com/octocat/hello", "networkx", None],
        "path": ["src/app.py", "src/deep/graph.py", "app.py"],
    }
)


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("*.py", [True, True, True]),
        ("/app.py", [False, False, True]),
        ("src/**/graph.py", [False, True, False]),
        ("octocat/hello:src/", [True, False, False]),
        ("github.com/octocat/hello:*.py", [True, False, False]),
        ("gitlab.com/octocat/hello:*.py", [False, False, False]),
    ],
)
def test_what_a_glob_matches(glob: str, expected: list[bool]) -> None:
    assert path_globs.matches(FILES, (glob,)).to_list() == expected


def test_a_repository_is_asked_for_where_none_is_known() -> None:
    paths = FILES.select("path")
    assert path_globs.matches(paths, ("octocat/hello:*.py",)).to_list() == [False] * 3
    assert path_globs.matches(paths, ("octocat/hello:*.py", "/app.py")).to_list() == [False, False, True]


@pytest.mark.parametrize("entry", ["!src", "#src", ":src", "//src", "git@github.com:octocat/hello"])
def test_what_is_no_glob(entry: str) -> None:
    with pytest.raises(ValueError, match=entry.split("/")[-1]):
        path_globs.compiled(entry)

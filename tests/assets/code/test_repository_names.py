import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code import repository_names
from assets.code.repository_names import Name

WORD = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("https://GitHub.com/Octocat/Hello-World", "github.com", "octocat/hello-world"),
        ("https://github.com/octocat/hello-world.git/", "github.com", "octocat/hello-world"),
        ("https://www.github.com/octocat/hello-world/tree/main/src?x=1#y", "github.com", "octocat/hello-world"),
        ("https://user:secret@git.example.org:8443/team/sub/service.git", "git.example.org", "team/sub/service"),
        ("https://git.example.org/team/sub/service/-/tree/main", "git.example.org", "team/sub/service"),
        ("git@github.com:octocat/hello-world.git", "github.com", "octocat/hello-world"),
        ("ssh://git@github.com/octocat/hello-world", "github.com", "octocat/hello-world"),
        ("github.com/octocat/hello-world", "github.com", "octocat/hello-world"),
        ("octocat/Hello-World", None, "octocat/hello-world"),
        ("octocat/hello.world", None, "octocat/hello.world"),
        ("Ruamel_Yaml.clib", None, "ruamel-yaml-clib"),
        ("/srv/code/Service/", "", "srv/code/service"),
        ("file:///srv/code/service.git", "", "srv/code/service"),
    ],
)
def test_a_repository_has_one_name(text: str, host: str | None, path: str) -> None:
    assert repository_names.of_repository(text) == Name(host, path)


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("@Octocat", None, "octocat"),
        ("octo.cat", None, "octo.cat"),
        ("https://github.com/octocat/", "github.com", "octocat"),
        ("github.com/octocat", "github.com", "octocat"),
        ("git.example.org/team/sub", "git.example.org", "team/sub"),
        ("team/sub", None, "team/sub"),
    ],
)
def test_an_owner_has_one_name(text: str, host: str | None, path: str) -> None:
    assert repository_names.of_owner(text) == Name(host, path)


def test_owners_of_a_repository() -> None:
    assert repository_names.of_repository("https://host.org/a/b/c").owners == [Name("host.org", "a"), Name("host.org", "a/b")]
    assert repository_names.of_repository("networkx").owners == []
    assert repository_names.of_repository("/srv/code/service").owners == []


@settings(deadline=None, max_examples=60)
@given(owner=WORD, name=WORD, git=st.booleans(), slash=st.booleans())
def test_forms_of_one_repository_are_equal(owner: str, name: str, git: bool, slash: bool) -> None:
    end = ".git" * git
    url = f"https://example.org/{owner}/{name}{end}{'/' * slash}"
    names = {url, url.upper().replace("HTTPS", "https"), f"git@example.org:{owner}/{name}{end}", f"example.org/{owner}/{name}{end}"}
    assert {repository_names.of_repository(text) for text in names} == {Name("example.org", f"{owner}/{name}")}

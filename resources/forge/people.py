"""Who is on the forge: plainly invented logins, and what follows from them."""

from zlib import crc32

GHOST = "ghost"  # what git shows of a user who was deleted; the API says null


def user_id(login: str) -> int:
    """Return a number that is the same for the login everywhere."""
    return 1_000 + crc32(login.encode()) % 90_000_000


def name(login: str | None) -> str:
    """Return the author name of a commit."""
    return login or GHOST


def email(login: str | None) -> str:
    """Return an address in a domain that is reserved for examples."""
    return f"{name(login).replace('[bot]', '-bot')}@users.example.com"


def association(login: str | None, author: str | None) -> str:
    """Return the author_association of what `login` wrote in a pull request by `author`."""
    if login is None or login.endswith("[bot]"):
        return "NONE"
    if login.startswith(("reviewer", "maintainer")):
        return "OWNER" if login == "maintainer-1" else "MEMBER"
    return "CONTRIBUTOR" if login == author else "COLLABORATOR"

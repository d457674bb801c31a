import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.documents.sources import urls


@pytest.mark.parametrize(
    ("given_url", "spelled"),
    [
        ("HTTP://Example.org:80", "http://example.org/"),
        ("https://user:word@h.org:443/a b?q=ü#part", "https://h.org/a%20b?q=%C3%BC"),
        ("http://exämple.org/x", "http://xn--exmple-cua.org/x"),
        ("http://h.org/a/../b/./c", "http://h.org/b/c"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://h.org/%41%2f", "http://h.org/%41%2f"),
    ],
)
def test_one_spelling(given_url: str, spelled: str) -> None:
    assert urls.normal(given_url) == spelled


@pytest.mark.parametrize(
    "wrong",
    ["", "ftp://h/x", "file:///etc/passwd", "http://", "//h/x", "http://h:99999/", "http://h\\@e/", "http://a b/", "http://h/\nx",
     "javascript:alert(1)", "http://[::1", "http://" + "a" * 300 + "ü.org/", "http://h/" + "a" * 5000, "gopher://h", "http://h%00.org/"],
)  # fmt: skip
def test_what_cannot_be_fetched_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a URL"):
        urls.normal(wrong)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=40), st.sampled_from(["", "http://h.org/", "https://h.org/x?", "//", "http://"]))
def test_any_text_has_a_stable_spelling_or_none(text: str, before: str) -> None:
    try:
        spelled = urls.normal(before + text)
    except ValueError:
        return
    assert urls.normal(spelled) == spelled
    assert spelled.isascii() and spelled.startswith(("http://", "https://")) and "@" not in urls.host(spelled)


def test_what_grants_access_is_not_written_down() -> None:
    secret = "s3" + "cret"
    signed = f"https://b.example.org/d.pdf?page=2&X-Amz-Signature={secret}&X-Amz-Credential={secret}&token={secret}&sig={secret}&api_key={secret}"
    assert urls.public(signed) == "https://b.example.org/d.pdf?page=2"
    assert urls.public("https://h.org/d?id=7&key=a%20b") == "https://h.org/d?id=7&key=a%20b"

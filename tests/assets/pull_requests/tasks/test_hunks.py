import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.diffs import patches
from assets.pull_requests.tasks import hunks
from assets.pull_requests.tasks.hunks import Shown, cut, numbered, redacted, window
from assets.redaction.redaction import RedactionSettings
from tests import reviews

HUNK = patches.parse_hunk("@@ -5,4 +5,5 @@ def f():\n kept\r\n-gone\n+new\r\n+newer\n last\n end")
assert HUNK


@pytest.mark.parametrize(
    ("first", "last", "text", "place"),
    [
        (0, 5, "@@ -5,4 +5,5 @@ def f():\n kept\n-gone\n+new\n+newer\n last\n end", ("RIGHT", 5, 9)),
        (1, 1, "@@ -6,1 +5,0 @@ def f():\n-gone", ("LEFT", 6, 6)),
        (2, 3, "@@ -6,0 +6,2 @@ def f():\n+new\n+newer", ("RIGHT", 6, 7)),
        (5, 5, "@@ -8,1 +9,1 @@ def f():\n end", ("RIGHT", 9, 9)),
    ],
)
def test_pieces_have_their_own_header(first: int, last: int, text: str, place: tuple[str, int, int]) -> None:
    excerpt = cut(HUNK, Shown(HUNK.section, HUNK.lines), first, last)
    assert (excerpt.text, excerpt.place) == (text, place)


def test_piece_of_a_new_file_and_of_a_deleted_one() -> None:
    added = patches.parse_hunk("@@ -0,0 +1,2 @@\n+a\n+b")
    removed = patches.parse_hunk("@@ -1,2 +0,0 @@\n-a\n-b")
    above = patches.parse_hunk("@@ -5,2 +5,3 @@\n+new\n kept\n last")
    assert above and cut(above, Shown("", above.lines), 0, 0).text == "@@ -4,0 +5,1 @@\n+new"
    assert added and cut(added, Shown("", added.lines), 0, 1).text == "@@ -0,0 +1,2 @@\n+a\n+b"
    assert removed and cut(removed, Shown("", removed.lines), 1, 1).text == "@@ -2,1 +0,0 @@\n-b"


FILES = st.lists(st.sampled_from(["a", "b\r", "", " c"]), max_size=12)


@settings(deadline=None, max_examples=100)
@given(FILES, FILES, st.data())
def test_lines_keep_their_numbers(before: list[str], after: list[str], data: st.DataObject) -> None:
    old, new = ("".join(f"{line}\n" for line in lines) for lines in (before, after))
    patch = patches.parse(reviews.diff({"f": old}, {"f": new})).get("f")
    for hunk in patch.hunks if patch else []:
        first = data.draw(st.integers(0, len(hunk.lines) - 1))
        last = data.draw(st.integers(first, len(hunk.lines) - 1))
        piece = patches.parse_hunk(cut(hunk, Shown("", hunk.lines), first, last).text)
        assert piece and [line[:4] for line in piece.lines] == [
            (line.kind, line.text.removesuffix("\r"), line.old, line.new) for line in hunk.lines[first : last + 1]
        ]


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 60), st.integers(1, 20), st.floats(0, 1, exclude_max=True), st.data())
def test_window(n_lines: int, limit: int, chance: float, data: st.DataObject) -> None:
    last = data.draw(st.integers(0, n_lines - 1))
    first = data.draw(st.integers(0, last))
    start, end = window(n_lines, first, last, limit, chance)
    assert 0 <= start <= end < n_lines and end - start + 1 == min(limit, n_lines)
    assert end >= last >= start and (start <= first or last - first >= limit)


def test_window_lies_anywhere() -> None:
    starts = {window(100, 50, 50, 10, step / 20)[0] for step in range(20)}
    assert min(starts) == 41 and max(starts) >= 49


def secret_hunk(*lines: str) -> patches.Hunk:
    hunk = patches.parse_hunk(
        "\n".join([f"@@ -1,{len(lines)} +1,{len(lines)} @@ def mail(to='{address()}'):", *(f" {line}" for line in lines)])
    )
    assert hunk
    return hunk


def address() -> str:
    return "@".join(("jane.roe", "megacorp-mail.org"))


def test_redacted_lines_stay_lines() -> None:
    one, other = secret_hunk("a = 1", f"to = '{address()}'\r", "b = 2"), secret_hunk(f"# {address()}")
    found = redacted([("a.py", one), ("a.py", other), ("a.py", one)], {"a.py": "Python"}, "o/n", RedactionSettings())
    shown, again = found["a.py", one], found["a.py", other]
    assert len(found) == 2 and shown and again
    assert "jane" not in shown.section + "".join(line.text for line in shown.lines)
    assert [line.text for line in shown.lines][::2] == ["a = 1", "b = 2"] and shown.lines[1].text.endswith("'\r")
    assert again.lines[0].text[2:] in shown.lines[1].text, "the same value has the same name in a repository"
    assert [line[2:] for line in shown.lines] == [line[2:] for line in one.lines]


def test_key_over_several_lines_of_both_sides() -> None:
    dashes = "-" * 5
    body = [base64.b64encode(hashlib.sha384(bytes([row])).digest()).decode() for row in range(8)]
    lines = [f"{dashes}BEGIN RSA PRIVATE KEY{dashes}", *body, f"{dashes}END RSA PRIVATE KEY{dashes}"]
    hunk = patches.parse_hunk("\n".join(["@@ -1,0 +1,10 @@", *(f"+{line}" for line in lines)]))
    assert hunk
    shown = redacted([("k.txt", hunk)], {}, "o/n", RedactionSettings())["k.txt", hunk]
    assert shown and [line[2:] for line in shown.lines] == [line[2:] for line in hunk.lines]
    assert not {line.text for line in shown.lines} & set(body)


def test_nothing_to_redact() -> None:
    assert redacted([], {}, "o/n", RedactionSettings()) == {}


def test_numbered() -> None:
    text = "@@ -5,3 +5,3 @@ def f():\n kept\n-gone\n+new\n last"
    assert numbered(text) == "@@ def f():\n5 kept\nL6-gone\n6+new\n7 last"
    assert numbered("@@ -0,0 +1 @@\n+a") == "1+a"
    assert numbered("no hunk") == "no hunk"
    assert hunks.index_of(HUNK, "LEFT", 6) == 1 and hunks.index_of(HUNK, "RIGHT", 77) is None

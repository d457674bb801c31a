import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.silver.redacting import joined, left_in_comments, parts, redact_comments
from assets.redaction import redaction
from assets.redaction.redaction import RedactionSettings, redact

SETTINGS = RedactionSettings()
ADDRESS = "@".join(["jane", "acme-corp.io"])
KEY = [
    "-----BEGIN RSA " + "PRIVATE KEY-----",
    *("MIIEowIBAAKCAQEA7Vx0kq3fLz9" + c * 10 + "QpW4eRtYuIoPaSdFgHjKl" for c in "bcd"),
    "-----END RSA " + "PRIVATE KEY-----",
]


def frame(body: str, hunk: str, language: str | None = "Python", repository: str = "o/n") -> pl.DataFrame:
    row = {"id": "1", "repository": repository, "pull_number": 4, "path": "a.py", "comment_id": 9, "language": language}
    return pl.DataFrame(
        [row | {"body": body, "diff_hunk": hunk, "suggestion": None}], schema_overrides={"language": pl.String, "suggestion": pl.String}
    )


def test_body_and_hunk_get_the_same_replacement() -> None:
    hunk = f'@@ -1,2 +1,2 @@ def f():\n context\n+owner = "{ADDRESS}"\r'
    kept, ledger = redact_comments(frame(f"Mail {ADDRESS}, {ADDRESS} please", hunk), SETTINGS)
    row = kept.row(0, named=True)
    new = row["diff_hunk"].split('"')[1]
    assert ADDRESS not in row["body"] + row["diff_hunk"] and row["body"] == f"Mail {new}, {new} please"
    assert row["diff_hunk"] == hunk.replace(ADDRESS, new) and row["redactions"] == [{"class": "email", "count": 3}]
    end = 5 + len(ADDRESS)
    assert ledger.select("row_id", "rule", "action", "score").rows() == [("1", "email", "altered", 2.0), ("1", "email", "altered", 1.0)]
    assert ledger["detail"][0] == f"o/n#4 a.py comment 9 body offsets 5-{end},{end + 2}-{end + 2 + len(ADDRESS)}"


def test_a_key_over_several_lines_goes_and_the_lines_stay() -> None:
    hunk = "\n".join(["@@ -0,0 +1,7 @@", *("+" + line for line in KEY), "+", "+last = 1"])
    kept, _ = redact_comments(frame("Remove this key", hunk, None), SETTINGS)
    new = kept["diff_hunk"][0].split("\n")
    assert len(new) == len(hunk.split("\n")) and all(line[0] == "+" for line in new[1:]) and new[-1] == "+last = 1"
    assert not any(line in kept["diff_hunk"][0] for line in KEY[1:-1])


def test_a_hunk_that_redaction_would_break_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    source = frame("x", f'@@ -1 +1 @@\n+a = "{ADDRESS}"')
    broken = redact(pl.Series(["x"]), pl.Series(["r"]), None, SETTINGS)._replace(texts=pl.Series([None], dtype=pl.String))
    for text in (None, "one\ntwo\nthree"):
        monkeypatch.setattr(
            redaction, "redact", lambda texts, *_, text=text: broken._replace(texts=texts if texts[0] == "x" else pl.Series([text]))
        )
        kept, ledger = redact_comments(source, SETTINGS)
        assert kept.is_empty() and ledger.select("row_id", "rule", "action").rows() == [("1", "unredactable", "dropped")]


def test_nothing_found_changes_nothing() -> None:
    source = frame("Rename it", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b")
    kept, ledger = redact_comments(source, SETTINGS)
    assert kept.drop("redactions").equals(source) and kept["redactions"][0].is_empty() and ledger.is_empty()
    none, empty = redact_comments(source.clear(), SETTINGS)
    assert none.schema == kept.schema and empty.is_empty()


def test_the_other_engine_looks_into_all_texts() -> None:
    source = frame("fine", "@@ -1 +1 @@\n+b")
    assert left_in_comments(source, SETTINGS)[0].is_empty()
    for column, value in (("body", f"Mail {ADDRESS} now"), ("suggestion", f"# {ADDRESS}\n"), ("diff_hunk", f"@@ -1 +1 @@\n+# {ADDRESS}")):
        found, _ = left_in_comments(source.with_columns(pl.lit(value).alias(column)), SETTINGS)
        assert found.rows() == [("1", "email")], column


@given(st.lists(st.text(alphabet=" +-\\@ab1,\r", max_size=8), max_size=8).map("\n".join))
@settings(deadline=None, max_examples=100)
def test_parts_are_put_together_again(hunk: str) -> None:
    prefixes, rest = parts(hunk)
    assert joined(prefixes, rest) == hunk and joined(prefixes, rest + "\n") is None

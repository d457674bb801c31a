import hashlib

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import ledger, passport
from assets.code.cleaning import REPAIRS, SCHEMA, CleaningSettings, clean, undo_mojibake
from assets.code.reading import SCHEMA as RAW

SETTINGS = CleaningSettings()


def raw(*contents: bytes | str, encoding: str = "utf-8", language: str | None = "Python") -> pl.DataFrame:
    data = [content.encode(encoding) if isinstance(content, str) else content for content in contents]
    rows = [
        {
            "id": passport.row_id("raw_code", str(index), content.hex()),
            "parent_ids": [],
            "source": "git",
            "repository": "https://host/x",
            "revision": None,
            "path": f"{index}.py",
            "mode": "100644",
            "language": language,
            "license": None,
            "encoding": encoding,
            "n_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "content": content,
        }
        for index, content in enumerate(data)
    ]
    return pl.DataFrame(rows, schema=RAW)


@pytest.mark.parametrize(
    ("content", "encoding", "text", "repairs"),
    [
        ("x = 1\n", "utf-8", "x = 1\n", []),
        ("a\r\nb\rc\n", "utf-8", "a\nb\nc\n", ["line_ends"]),
        ("x = 1  \n\t\ny\t", "utf-8", "x = 1\n\ny", ["trailing_space"]),
        ("x \r\ny", "utf-8", "x\ny", ["line_ends", "trailing_space"]),
        ("a\x00b\x0cc\x1bd\x7f\u0085", "utf-8", "abcd", ["control_characters"]),
        ("größe", "utf-8-sig", "größe", ["byte_order_mark"]),
        ("größe", "utf-16", "größe", ["recoded", "byte_order_mark"]),
        ("größe", "cp1252", "größe", ["recoded"]),
        ("# GrÃ¶ÃŸe, cafÃ©, â€œquotedâ€\x9d", "utf-8", "# Größe, café, “quoted”", ["mojibake"]),
        ("\x01\ufeffx", "utf-8", "x", ["byte_order_mark", "control_characters"]),
        ("ï»¿x", "utf-8", "x", ["byte_order_mark", "mojibake"]),
    ],
)
def test_repairs(content: str, encoding: str, text: str, repairs: list[str]) -> None:
    rows, altered = clean(raw(content, encoding=encoding), SETTINGS)
    assert rows["content"].to_list() == [text]
    assert rows["repairs"].to_list() == [repairs]
    assert altered["rule"].to_list() == (["+".join(repairs)] if repairs else [])
    assert altered["action"].to_list() == ["altered"] * bool(repairs)


@pytest.mark.parametrize("text", ["café", "Ã", "déjà vu \u2013 naïve", "Ã© and é", "日本語", "Â\x81", "plain", ""])
def test_what_is_in_order_is_left_alone(text: str) -> None:
    assert undo_mojibake(text) == text


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Co"]), max_size=50))
def test_mojibake_is_undone_exactly(text: str) -> None:
    broken = "".join(bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte)) for byte in text.encode())
    assert undo_mojibake(broken) == text


@settings(deadline=None, max_examples=80)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8") | st.sampled_from("\r\n\t \0\x0c\ufeffÃ©Â€â™\x81\x9d"), max_size=40), min_size=1, max_size=4
    )
)
def test_cleaning_twice_changes_nothing_more(contents: list[str]) -> None:
    once, dropped = clean(raw(*contents), SETTINGS)
    assert once.height + dropped.filter(action="dropped").height == len(contents)
    assert once.schema == pl.Schema(SCHEMA)
    twice, again = clean(raw(*once["content"]), SETTINGS)
    assert twice["content"].to_list() == once["content"].to_list()
    assert twice["repairs"].to_list() == [[]] * once.height
    assert again.is_empty()


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=80), st.sampled_from(["utf-8", "utf-16", "cp1252", "gb18030", "utf-7", "nonsense"]))
def test_no_bytes_crash_it(content: bytes, encoding: str) -> None:
    rows, dropped = clean(raw(content).with_columns(encoding=pl.lit(encoding)), SETTINGS)
    assert rows.height + dropped.filter(action="dropped").height == 1
    for text in rows["content"]:
        assert text.strip()
        assert not set(text) & {"\r", "\0", "\x0c", "\ud800"}


@pytest.mark.parametrize(
    ("content", "language", "limits", "rule", "score", "threshold"),
    [
        ("x" * 11, "Python", {"max_file_bytes": 10}, "over_size", 11, 10),
        ("a\nb\nc", "Python", {"max_lines": 2}, "too_many_lines", 3, 2),
        ("x\n" * 100_001, None, {}, "too_many_lines", 100_001, 100_000),
        (" \t\r\n\u3000\0", "Python", {}, "empty", None, None),
        (b"\xff\xff", "Python", {}, "undecodable", None, None),
    ],
)
def test_limits(
    content: bytes | str, language: str | None, limits: dict[str, int], rule: str, score: float | None, threshold: float | None
) -> None:
    rows, dropped = clean(raw(content, language=language), CleaningSettings(**limits))
    assert rows.is_empty()
    assert dropped.select("rule", "action", "score", "threshold", "detail").rows() == [
        (rule, "dropped", score, threshold, "https://host/x:0.py")
    ]


@pytest.mark.parametrize(("content", "language"), [("x" * 99_999, "Markdown"), ("a\n" * 100_000, "Python"), ("é" * 524_288, None)])
def test_just_inside_the_limits(content: str, language: str) -> None:
    rows, dropped = clean(raw(content, language=language), SETTINGS)
    assert rows["content"].to_list() == [content]
    assert dropped.is_empty()


def test_the_row() -> None:
    url = "https://host/x"
    files = raw("é = 1\nb", "\n", "b \n")
    rows, told = clean(files, SETTINGS)
    assert rows.schema == pl.Schema(SCHEMA)
    assert rows.select("n_bytes", "n_lines", "path", "repository").rows() == [(8, 2, "0.py", url), (2, 1, "2.py", url)]
    assert rows["parent_ids"].to_list() == [[files["id"][0]], [files["id"][2]]]
    assert rows["sha256"][0] == hashlib.sha256("é = 1\nb".encode()).hexdigest()
    assert told.select("row_id", "rule").rows() == [(files["id"][1], "empty"), (files["id"][2], "trailing_space")]
    assert "é = 1" not in str(told.rows())


def test_the_digest_is_that_of_the_content() -> None:
    rows, _ = clean(raw("a\n", "a \n", "é\r\n"), SETTINGS)
    assert rows["sha256"].to_list() == [hashlib.sha256(text.encode()).hexdigest() for text in ("a\n", "a\n", "é\n")]


def test_what_is_known_of_a_file_is_passed_on() -> None:
    known = {"license_source": "header", "license_confidence": 0.9, "license_conflict": True, "stars": 7, "swhid": "swh:1:cnt:" + "0" * 40}
    files = raw("x\n").with_columns(**{name: pl.lit(value) for name, value in known.items()}, topics=pl.lit(["a", "b"]))
    rows, _ = clean(files, SETTINGS)
    assert rows.select(*known, "topics").to_dicts() == [{**known, "topics": ["a", "b"]}]


def test_one_undecodable_file_spoils_no_other() -> None:
    files = pl.concat([raw("größe \n"), raw(b"\xff\xfe\xfd"), raw("größe", encoding="cp1252")])
    rows, told = clean(files, SETTINGS)
    assert rows["content"].to_list() == ["größe\n", "größe"]
    assert told["rule"].to_list() == ["undecodable", "trailing_space", "recoded"]


def test_no_rows() -> None:
    rows, told = clean(raw(), SETTINGS)
    assert rows.schema == pl.Schema(SCHEMA)
    assert told.schema == pl.Schema(ledger.SCHEMA)


def test_the_repairs_have_one_order() -> None:
    rows, _ = clean(raw("\ufeff\0Ã©\r\n x \r", encoding="utf-16"), SETTINGS)
    assert rows["repairs"].to_list() == [list(REPAIRS)]

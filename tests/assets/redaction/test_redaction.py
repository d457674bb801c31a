import json
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import ledger
from assets.code import grammars
from assets.redaction.redaction import REDACTIONS, RedactionSettings, redact, redact_files, redact_text
from tests.assets.redaction import labelled

AWS = "AK" + "IA" + "Q3EGRZ7XLMN5WPVT"
GITLAB = "glp" + "at-" + "x8Jq2LmZ4tRw7KpV9sYc"
PASSWORD = "Harbour#" + "84q7"


def of(text: str, language: str | None = None, scope: str = "r") -> str:
    return redact_text(text, scope, language)


def frame(contents: list[str], language: str = "Python", repository: str = "acme/app") -> pl.DataFrame:
    count = len(contents)
    return pl.DataFrame(
        {
            "id": [f"{row:032x}" for row in range(count)],
            "repository": [repository] * count,
            "path": [f"src/{row}" for row in range(count)],
            "language": [language] * count,
            "n_bytes": [len(content.encode()) for content in contents],
            "n_lines": [content.count("\n") for content in contents],
            "sha256": ["0" * 64] * count,
            "parent_ids": pl.Series([[f"{row:032x}"] for row in range(count)], dtype=pl.List(pl.String)),
            "content": contents,
            "stars": [7] * count,
        }
    )


def test_values_are_replaced_by_their_type() -> None:
    text = of(f"key {AWS}, mail jane.roe@acme-corp.io, host 58.74.121.78, call +1 212 736 5001, dir /home/janeroe/src")
    assert text.startswith("key REDACTED_AWS_ACCESS_KEY_")
    assert "jane" not in text and "58.74" not in text and "736" not in text
    assert "@example.com" in text and "/home/user" in text and " 555 01" in text


def test_the_same_value_gets_the_same_name_in_a_scope_and_another_one_elsewhere() -> None:
    text = "jane@acme-corp.io, Jane@ACME-corp.io, jane at acme-corp dot io, joe@acme-corp.io"
    first, second, third, other = of(text).split(", ")
    assert first == second == third != other
    assert of("jane@acme-corp.io", scope="other") != first
    assert redact_text("jane@acme-corp.io", "r", None, RedactionSettings(salt="pepper")) != first


def test_the_result_does_not_depend_on_the_shard() -> None:
    texts = [sample.text for sample in labelled.samples("development", 1)]
    languages = [sample.language for sample in labelled.samples("development", 1)]

    def run(rows: list[int]) -> list[str]:
        chosen = pl.Series([texts[row] for row in rows])
        return redact(
            chosen, pl.Series(["r"] * len(rows)), pl.Series([languages[row] for row in rows]), RedactionSettings()
        ).texts.to_list()

    whole = run(list(range(len(texts))))
    backwards = run(list(range(len(texts)))[::-1])[::-1]
    assert whole == backwards == [run([row])[0] for row in range(len(texts))]
    assert whole != texts


def test_offsets_are_characters_of_the_original() -> None:
    text = "Grüße, 李: jane@acme-corp.io und 58.74.121.78 ö ende"
    found = redact(pl.Series([text]), pl.Series(["r"]), None, RedactionSettings()).findings
    assert [text[start:end] for start, end in found.select("start", "end").rows()] == ["jane@acme-corp.io", "58.74.121.78"]
    assert found["class"].to_list() == ["email", "ipv4"]
    assert not any("jane" in str(value) for row in found.rows() for value in row)


def test_nulls_stay_and_nothing_is_found_in_nothing() -> None:
    result = redact(pl.Series([None, "", "x"], dtype=pl.String), pl.Series([None, "r", "r"]), None, RedactionSettings())
    assert result.texts.to_list() == [None, "", "x"] and result.findings.is_empty() and result.parsed_before.to_list() == [None] * 3
    empty = redact(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.String), None, RedactionSettings())
    assert empty.texts.len() == 0 and empty.findings.is_empty()


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("Python", "@app.route\ndef f(a, b):\n    return a@b.com + a @ b.io\n"),
        ("Python", "x = 1.2 .__add__(3); y = pkg@1.2 .T\n"),
        ("JavaScript", "import x from 'pkg@1.2.3.4';\n@Component({a: '1.2.3.4'})\nclass A {}\n"),
        ("Java", '@Named("a")\nclass A { String v = "1.10.0.2"; String n = "com.acme.A@1b2c3d"; }\n'),
        ("C++", "auto f(int a) { return a-b.name; } // version 10.4.0.2\n"),
    ],
)
def test_code_is_not_an_address(language: str, code: str) -> None:
    assert of(code, language) == code


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("Python", 'x = "\\n', '"\n'),
        ("Python", 'x = "\\x41', ' a"\n'),
        ("Python", 'x = f"{a}: ', ' {b}"\n'),
        ("Python", 'x = rb"', '\\d"\n'),
        ("Python", '"""Doc.\n\n    ', '\n"""\n'),
        ("JavaScript", "const x = `${a} ", " ${b}`;\n"),
        ("JavaScript", "const x = <p>", "</p>;\n"),
        ("JavaScript", "const x = 'it\\'s ", "';\n"),
        ("C++", 'auto x = R"(', ')";\n'),
        ("C++", '#define X "', '"\n'),
        ("Java", 'class A { String x = "\\t', '"; }\n'),
        ("Java", 'class A { String x = """\n  ', '\n  """; }\n'),
    ],
)
def test_strings_keep_their_escapes_and_their_code(language: str, before: str, after: str) -> None:
    source = f"{before}jane@acme-corp.io{after}"
    text = of(source, language)
    assert text.startswith(before) and text.endswith(after) and "jane" not in text
    tree = grammars.parse(language, text.encode())
    assert tree is not None and not tree.root_node.has_error


def test_a_secret_of_several_lines_leaves_the_lines() -> None:
    line = "MIIEowIBAAKCAQEAx" + "7Qm3Zk9" * 6
    lines = ["-----BEGIN RSA PRIVATE KEY-----", line, line[::-1], "q9Zt=", "-----END RSA PRIVATE KEY-----"]
    key = "const char *k = " + "\n    ".join(f'"{part}\\n"' for part in lines) + ";\n"
    text = of(key, "C++")
    assert line not in text and line[::-1] not in text and "q9Zt" not in text
    assert text.count("\n") == key.count("\n") and text.count('"') == key.count('"')
    assert of(text, "C++") == text


def test_structured_text_still_loads() -> None:
    text = of(json.dumps({"mail": "jane@acme-corp.io", "card": 4532276644577020, "ssn": 531217351, "password": PASSWORD}), "JSON")
    values = json.loads(text)
    assert values["mail"].endswith("@example.com") and values["card"] not in (4532276644577020, 0)
    assert values["ssn"] != 531217351 and values["password"].startswith("REDACTED_")


def test_a_file_that_would_break_is_dropped_and_said() -> None:
    files = frame(['"jane@acme-corp.io" = 1\n"Jane@acme-corp.io" = 2\n', '"jane@acme-corp.io" = 1\n'], "TOML")  # one key twice
    kept, said = redact_files(files, RedactionSettings())
    assert kept["path"].to_list() == ["src/1"]
    assert said.select("row_id", "rule", "action").rows() == [(f"{0:032x}", "unredactable", "dropped"), (f"{1:032x}", "email", "altered")]
    with pytest.raises(ValueError, match="without breaking"):
        of(files["content"][0], "TOML")


def test_files_get_their_measures_counts_and_ledger() -> None:
    content = f'# jane@acme-corp.io\nKEY = "{AWS}"\nMAIL = ("joe@acme-corp.io", "jim@acme-corp.io")\n'
    files = frame(["x = 1\n", content])
    kept, said = redact_files(files, RedactionSettings())
    assert kept.columns == [*files.columns, "redactions", "parsed_before"] and kept.schema["redactions"] == REDACTIONS
    assert kept["redactions"].to_list() == [[], [{"class": "aws_access_key", "count": 1}, {"class": "email", "count": 3}]]
    assert kept["parsed_before"].to_list() == [None, None]
    assert kept["sha256"][0] == files["sha256"][0] and kept["sha256"][1] != files["sha256"][1]
    assert kept["n_bytes"].to_list() == [len(text.encode()) for text in kept["content"]]
    assert kept["stars"].to_list() == [7, 7] and kept["id"].to_list() == files["id"].to_list()
    assert said.schema == ledger.SCHEMA
    assert said.select("rule", "action", "score").rows() == [("aws_access_key", "altered", 1.0), ("email", "altered", 3.0)]
    assert said["detail"][1].startswith("acme/app:src/1 offsets 2-19,")
    assert not any(secret in str(said.rows()) for secret in (AWS, "jane", "joe"))


def test_it_is_asked_whether_a_file_parses_where_a_value_might_break_it() -> None:
    mail = "jane@acme-corp.io"
    contents = [f'X = "{mail}"\n', f'X = "\\t{mail}"\n', f'X = ("{mail}"\n', f"{mail}\n"]
    kept, _ = redact_files(frame(contents), RedactionSettings())
    assert kept["parsed_before"].to_list() == [None, True, False, True]
    assert [mail in content for content in kept["content"]] == [False, False, False, True]


def test_an_empty_frame_has_the_columns() -> None:
    kept, said = redact_files(frame([]).cast({"content": pl.String, "repository": pl.String, "language": pl.String}), RedactionSettings())
    assert kept.schema["redactions"] == REDACTIONS and kept.schema["parsed_before"] == pl.Boolean and said.schema == ledger.SCHEMA


def test_kept_classes_stay() -> None:
    text = f"jane@acme-corp.io {AWS}"
    assert redact_text(text, "r", None, RedactionSettings(keep_classes=("email",))).startswith("jane@acme-corp.io REDACTED_")


def test_the_detail_is_bounded() -> None:
    content = "\n".join(f"# jane{row}@acme-corp.io" for row in range(500))
    _, said = redact_files(frame([content]), RedactionSettings(max_detail_chars=100))
    assert said["score"][0] == 500 and len(said["detail"][0]) < 150


@pytest.mark.parametrize("half", ["development", "held_out", "fourth", "fifth"])
def test_redacting_twice_changes_nothing(half: str) -> None:
    samples = labelled.samples(half, 3)
    languages, scopes = pl.Series([sample.language for sample in samples]), pl.Series(["r"] * len(samples))
    once = redact(pl.Series([sample.text for sample in samples]), scopes, languages, RedactionSettings())
    twice = redact(once.texts, scopes, languages, RedactionSettings())
    assert once.findings.height > 300 and twice.findings.is_empty() and twice.texts.to_list() == once.texts.to_list()


VALUES = [
    AWS,
    GITLAB,
    PASSWORD,
    "jane@acme-corp.io",
    "58.74.121.78",
    "4532276644577020",
    "531-21-7351",
    "+1 212 736 5001",
    "/home/janeroe/",
    "\\n",
]
FRAMES = [
    "password = ",
    "token: ",
    "card ",
    "phone ",
    "ssn ",
    "://u:",
    "@h.io",
    "# Author: ",
    "Copyright (c) 2001 ",
    "Jane Roe",
    " <",
    ">",
    '"',
    "'",
    "=",
]
PIECES = st.sampled_from([*VALUES, *FRAMES, "\n", " ", "-", "é", "\\"])


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join), st.sampled_from([None, "Python", "JavaScript", "JSON", "Go"]))
def test_any_text_is_redacted_once_and_for_all(text: str, language: str | None) -> None:
    result = redact(pl.Series([text]), pl.Series(["r"]), pl.Series([language], dtype=pl.String), RedactionSettings())
    if result.texts[0] is None:
        return
    again = redact(result.texts, pl.Series(["r"]), pl.Series([language], dtype=pl.String), RedactionSettings())
    assert again.texts[0] == result.texts[0]
    spans = result.findings.select("start", "end").rows()
    assert all(left[1] <= right[0] for left, right in pairwise(spans)) and all(0 <= start < end <= len(text) for start, end in spans)

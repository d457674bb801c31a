import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.conversations.conversion import RAW_SCHEMA, ConversationSettings, to_tool_conversations
from assets.conversations.schema import RawConversations
from assets.conversations.sources import listing, rows
from assets.conversations.sources.files import list_files
from assets.conversations.sources.reading import read_rows
from assets.conversations.sources.settings import (
    ConversationFiles,
    ConversationReadingSettings,
    ConversationSourceError,
    ConversationSources,
)
from assets.records import Broken, Record

GLAIVE: dict[str, Any] = {"system": "SYSTEM: You help.\n", "chat": "USER: Hello\n\n\nASSISTANT: Hi! <|endoftext|>\n\n\n"}
SHAREGPT: dict[str, Any] = {"conversations": [{"from": "human", "value": "Héllo"}, {"from": "gpt", "value": "Hi"}], "tools": "[]"}
OPENAI: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}], "tools": []}
XLAM: dict[str, Any] = {"query": "Add 1 and 2", "tools": "[]", "answers": '[{"name": "add", "arguments": {"b": 2, "a": 1}}]'}
FORMS = [GLAIVE, SHAREGPT, OPENAI, XLAM]
SMALL = ConversationReadingSettings(range_bytes=200)


def written(path: Path, values: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        pl.DataFrame(values).write_parquet(path)
        return path
    data = json.dumps(values, indent=1).encode() if name.endswith(".json") else b"".join(json.dumps(v).encode() + b"\n" for v in values)
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


def listed(*paths: Path | str, options: ConversationReadingSettings = SMALL) -> tuple[pl.DataFrame, pl.DataFrame]:
    return list_files([ConversationFiles.model_validate(str(path)) for path in paths], options)


def read(*paths: Path | str, options: ConversationReadingSettings = SMALL) -> tuple[pl.DataFrame, pl.DataFrame]:
    found, notes = listed(*paths, options=options)
    kept, more = read_rows(found, options)
    return kept, pl.concat([notes, more])


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.jsonl.gz", "a.json.gz", "a.ndjson"])
def test_rows_are_as_published(tmp_path: Path, name: str) -> None:
    kept, notes = read(written(tmp_path / name, FORMS * 3))
    assert kept.schema == RAW_SCHEMA and not notes.height
    RawConversations.validate(kept, lazy=True)
    assert [json.loads(payload) for payload in kept["payload"]] == FORMS * 3
    assert kept["row_number"].to_list() == list(range(12)) and set(kept["source"]) == {name}
    assert kept["payload"][0] == json.dumps(GLAIVE, ensure_ascii=False)  # the order of keys too
    conversations, refused = to_tool_conversations(kept, ConversationSettings())
    assert conversations.height == 12 and not refused.height


def test_parquet_does_not_invent_keys(tmp_path: Path) -> None:
    asked = {"role": "assistant", "content": None, "tool_calls": [{"id": "x", "function": {"name": "f", "arguments": "{}"}}]}
    value = {"messages": [{"role": "user", "content": "Hi"}, asked, {"role": "tool", "content": "1"}], "weight": float("nan")}
    kept, notes = read(written(tmp_path / "a.parquet", [value, value]))
    messages = json.loads(kept["payload"][0])["messages"]
    assert messages[0] == {"role": "user", "content": "Hi"} and messages[2] == {"role": "tool", "content": "1"}
    assert messages[1]["tool_calls"] == asked["tool_calls"]
    assert notes.select("rule", "action", "score", "detail").rows() == [("columns_left_out", "altered", 2.0, "a.parquet: weight")]


def test_only_the_columns_of_the_form(tmp_path: Path) -> None:
    names = {"id": 7, "someone@example.com": 1}
    kept, notes = read(written(tmp_path / "a.jsonl", [SHAREGPT | names | {"system": "S"}, [SHAREGPT["conversations"][0]], {"foo": 1}]))
    assert [json.loads(payload) for payload in kept["payload"]] == [
        SHAREGPT | {"system": "S"},
        {"conversations": SHAREGPT["conversations"][:1]},
        {"foo": 1},  # the next asset says what it thinks of it
    ]
    assert notes["detail"].to_list() == ["a.jsonl: id, (another)"] and notes["row_id"].to_list() == kept["id"].head(1).to_list()


def test_broken_lines_are_told_with_their_place(tmp_path: Path) -> None:
    good = json.dumps(GLAIVE).encode()
    lines = [good, b"{not json", b"", b'{"chat": "\xff"}', b"7", b'{"chat": "a", "chat": "b"}', b'{"chat": "\\ud800"}', b"[]", good]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([*lines, b'{"chat": "' + b"x" * 400 + b'"}', b"[" * 300]))
    kept, notes = read(tmp_path / "a.jsonl", options=ConversationReadingSettings(max_row_bytes=350, range_bytes=100))
    assert kept["row_number"].to_list() == [0, 8]
    found = {detail.split(": ")[0]: rule for rule, detail in notes.select("rule", "detail").rows()}
    assert found == {
        "a.jsonl:2": "broken_line",
        "a.jsonl:4": "broken_line",
        "a.jsonl:5": "no_row",
        "a.jsonl:6": "broken_line",
        "a.jsonl:7": "not_unicode",
        "a.jsonl:8": "no_row",
        "a.jsonl:10": "over_size",
        "a.jsonl:11": "broken_line",
    }


def test_damaged_files(tmp_path: Path) -> None:
    whole = written(tmp_path / "cut.jsonl.gz", FORMS * 40).read_bytes()
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[:-20])
    (tmp_path / "end.json").write_text("[" + json.dumps(GLAIVE) + ", " + json.dumps(GLAIVE)[:30])
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 but not really")
    (tmp_path / "note.txt").write_text("no data")
    kept, notes = read(tmp_path / "cut.jsonl.gz", tmp_path / "end.json", tmp_path / "bad.parquet", tmp_path / "note.txt")
    assert kept.filter(source="end.json").height == 1
    rules = set(notes.with_columns(pl.col("detail").str.extract(r"^([^:]+)")).select("detail", "rule").rows())
    assert {("cut.jsonl.gz", "unreadable"), ("end.json", "unreadable"), ("bad.parquet", "unreadable")} <= rules
    assert ("note.txt", "unknown_file") in rules


def test_names_of_files(tmp_path: Path) -> None:
    written(tmp_path / "x" / "a.jsonl", [GLAIVE])
    written(tmp_path / "x" / "deep" / "a.jsonl", [GLAIVE])
    written(tmp_path / "y" / "a.jsonl", [GLAIVE])
    assert listed(tmp_path / "x")[0]["source"].to_list() == ["a.jsonl", "deep/a.jsonl"]
    assert listed(tmp_path / "**" / "a.jsonl")[0]["source"].to_list() == ["x/a.jsonl", "x/deep/a.jsonl", "y/a.jsonl"]
    assert listed(tmp_path / "x", tmp_path / "x" / "a.jsonl")[0].height == 2
    with pytest.raises(ConversationSourceError, match=r"called a\.jsonl.*`name`"):
        listed(tmp_path / "x", tmp_path / "y")
    named = ConversationFiles(path=str(tmp_path / "y"), name="theirs", license="MIT")
    both = list_files([ConversationFiles(path=str(tmp_path / "x")), named])[0]
    assert both["source"].to_list() == ["a.jsonl", "deep/a.jsonl", "theirs/a.jsonl"] and both["license"].to_list()[-1] == "MIT"
    with pytest.raises(ConversationSourceError, match="matches no file"):
        listed(tmp_path / "nothing*")


def test_what_is_appended_changes_the_last_range_only(tmp_path: Path) -> None:
    values = [GLAIVE | {"chat": f"USER: {number}"} for number in range(200)]
    path = written(tmp_path / "a.jsonl", values)
    before, ids = listed(path)[0], read(path)[0]["id"]
    written(path, [*values, GLAIVE])
    after = listed(path)[0]
    same = before["digest"].to_list()[:-1]
    assert after["digest"].to_list()[: len(same)] == same and len(same) > 20
    old, new = (dict(listing.shard_listing(found, 5_000)) for found in (before, after))
    changed = [label for label in new if label not in old or not old[label].equals(new[label])]
    assert old.keys() == new.keys() and len(new) > 2 and len(changed) == 1
    assert read(path)[0]["id"].head(200).equals(ids)
    in_shards = [read_rows(rows, SMALL)[0] for rows in new.values()]
    assert pl.concat(in_shards).sort("row_number").equals(read(path)[0])


def test_a_file_that_changed_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", FORMS)
    found, _ = listed(path)
    path.write_bytes(path.read_bytes().replace(b"Hello", b"Jello"))
    with pytest.raises(ConversationSourceError, match=r"a\.jsonl changed") as caught:
        read_rows(found, SMALL)
    assert caught.value.blames_the_source


def test_nothing() -> None:
    found, notes = list_files([])
    kept, more = read_rows(found, SMALL)
    assert found.schema == listing.frame([]).schema and kept.schema == RAW_SCHEMA and not (notes.height or more.height)
    assert listing.shard_listing(found, 100) == [] and ConversationSources().is_empty


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('"\\[]{},:a é\n', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('"\\,]a', max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(values=st.lists(JSON, max_size=6), indent=st.sampled_from([None, 1]), ascii_only=st.booleans(), size=st.integers(4, 40))
def test_elements_of_documents(
    tmp_path_factory: pytest.TempPathFactory, values: list[Any], indent: int | None, ascii_only: bool, size: int
) -> None:
    path = tmp_path_factory.mktemp("document") / "a.json"
    path.write_text(" " + json.dumps(values, indent=indent, ensure_ascii=ascii_only) + "\n", encoding="utf-8")
    rows._READ_BYTES, usual = size, rows._READ_BYTES
    try:
        found = [record for record in rows.stream(path, 10_000) if isinstance(record, Record)]
        fetched = dict(rows.fetch(path, {record.at: len(record.data) for record in found}))
    finally:
        rows._READ_BYTES = usual
    assert [json.loads(record.data) for record in found] == values
    assert fetched == {record.at: record.data for record in found}


@pytest.mark.parametrize("text", ['[{"a": 1}}, {"b": 2}]', '[{"a": 1}] [{"b": 2}]', '[{"a": 1}, {"b": 2', '[{"a": 1}, {"b": "2'])
def test_nothing_is_lost_behind_a_wrong_end(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    found = list(rows.stream(tmp_path / "a.json", 1_000))
    assert isinstance(found[-1], Broken) and found[-1].rule == "unreadable"


def test_a_long_element_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"a": 1}, {"b": "x" * 3_000_000}, {"c": 2}]))
    found = list(rows.stream(path, 1_000))
    assert found[1] == Broken(2, "over_size") and [record.line for record in found] == [1, 2, 3]

import polars as pl
import pytest

from assets.corpus import chat
from assets.corpus.schema import ChatExamples
from assets.model import locations
from assets.pull_requests.silver.suggestions import parse
from assets.pull_requests.tasks.making import SCHEMA
from assets.pull_requests.tasks.review_chat import ReviewChatSettings, suggestion_block, to_review_chat

ROW = {"parent_ids": ["p"], "repository": "owner/name", "pull_number": 7, "group_id": "owner/name#7", "license": "MIT", "labels": []} | {
    "path": "src/a.py", "side": "RIGHT", "start_line": 5, "end_line": 5, "hunk": "@@ -4,2 +4,2 @@ def f():\n kept\n-gone\n+new",
}  # fmt: skip
LINES = "src/a.py\n@@ def f():\n4 kept\nL5-gone\n5+new\n\n"


def chats(*rows: dict[str, object], **settings: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    numbered = [dict.fromkeys(SCHEMA) | ROW | {"id": f"{number:032x}"} | row for number, row in enumerate(rows)]
    return to_review_chat(pl.DataFrame(numbered, schema=SCHEMA), ReviewChatSettings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "source", "request_", "answer"),
    [
        (
            {"task": "needs_comment", "target": "yes: 5"},
            "review_needs_comment",
            'Which lines need a review comment? Answer "no", or for example "yes: 7-9, L4".',
            "yes: 5",
        ),
        ({"task": "comment", "target": "Why?"}, "review_comment", "Write the review comment on line 5.", "Why?"),
        (
            {"task": "comment", "target": "Why?", "side": "LEFT", "start_line": 4},
            "review_comment",
            "Write the review comment on lines L4-5.",
            "Why?",
        ),
        (
            {"task": "refine", "target": "  x = 1\n", "comment": "Say x.", "target_start_line": 4, "target_end_line": 5},
            "review_refine",
            "Review comment on line 5:\nSay x.\n\nRewrite lines 4-5.",
            "```suggestion\n  x = 1\n\n```",
        ),
    ],
)
def test_turns(row: dict[str, object], source: str, request_: str, answer: str) -> None:
    found, ledger = chats(row, system_prompt="Review.")
    [made] = found.to_dicts()
    assert [turn["content"] for turn in made["messages"]] == ["Review.", LINES + request_, answer]
    assert [turn["role"] for turn in made["messages"]] == ["system", "user", "assistant"]
    assert (made["source"], made["group_keys"]) == (source, ["pull_request:owner/name#7"])
    assert (made["parent_ids"], made["license"]) == ([f"{0:032x}"], "MIT")
    assert found.schema == chat.SCHEMA and ledger.is_empty()
    ChatExamples.validate(found, lazy=True)


def test_group_is_the_repository_on_request() -> None:
    found, _ = chats({"task": "comment", "target": "Why?"}, group_by="repository")
    assert found["group_keys"].to_list() == [["repository:owner/name"]]


def test_control_tokens_are_escaped_and_told() -> None:
    hunk = "@@ -1 +1 @@\n+say('<|im_end|>')"
    found, ledger = chats(
        {"task": "comment", "target": "Not <|im_start|>."},
        {"task": "needs_comment", "target": "no", "hunk": hunk},
        {"task": "comment", "target": "ok"},
    )
    said = "".join(turn["content"] for row in found["messages"] for turn in row)
    assert "<|" not in said and said.count("<\u200b|") == 2
    assert ledger.select("row_id", "rule", "action").rows() == [(found["id"][row], "control_token", "altered") for row in (0, 1)]


def test_empty_frame_keeps_the_schema() -> None:
    found, ledger = chats()
    assert found.schema == chat.SCHEMA and found.is_empty() and ledger.is_empty()


@pytest.mark.parametrize("code", ["a\n", "", "```python\nx\n```", "`````", "  indented\r"])
def test_suggestion_block_is_read_back(code: str) -> None:
    [read] = parse(suggestion_block(code))
    assert read.text == (code + "\n").replace("\r\n", "\n")


def test_source_of_locations_is_that_of_the_metrics() -> None:
    assert chats({"task": "needs_comment", "target": "no"})[0]["source"].to_list() == [locations.SOURCE]

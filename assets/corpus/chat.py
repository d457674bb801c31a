"""Turn pairs into chats, with nothing in them that a tokenizer takes for a control token."""

import re

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger, passport

MESSAGE = pl.Struct({"role": pl.String, "content": pl.String})
SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "parent_ids": pl.List(pl.String()),
        "source": pl.String(),
        "group_id": pl.String(),
        "license": pl.String(),
        "messages": pl.List(MESSAGE),
    }
)
SOURCE = "code_qa"
ZERO_WIDTH_SPACE = "\u200b"
# `<|…|>` is how ChatML and its relatives write control tokens; the others are those of the StarCoder family, SmolLM2 included.
_NAMED = (
    "repo_name reponame file_sep filename gh_stars issue_start issue_comment issue_closed jupyter_start jupyter_text jupyter_code "
    "jupyter_output jupyter_script empty_output fim_prefix fim_middle fim_suffix fim_pad commit_before commit_msg commit_after"
)
_CONTROL = re.compile(rf"<({ZERO_WIDTH_SPACE}*)(?=(?:\|[^\s<>|]{{1,64}}\||{'|'.join(_NAMED.split())})>)")


class ChatSettings(BaseModel, frozen=True, extra="forbid"):
    """How a pair becomes a chat."""

    system_prompt: str = Field(
        "You are a coding assistant. Answer questions about the code precisely and briefly.",
        min_length=1,
        description="never empty: chat templates put one of their own in the place of a missing one",
    )


def to_chat(pairs: pl.DataFrame, settings: ChatSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a chat (system, user, assistant) for each pair, and a ledger row (`control_token`, altered) for each that was escaped.

    The group of a chat, which stays in one split, is the repository.
    """
    rows = pairs.select("id", pl.lit(SOURCE).alias("source"), pl.col("repository").alias("group_id"), "license")
    return as_chats(rows, settings.system_prompt, pairs["question"], pairs["answer"])


def as_chats(rows: pl.DataFrame, system_prompt: str, asked: pl.Series, answered: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a chat for each of `rows` (id of the parent, source, group_id, license), which was `asked` and `answered` (String) like that.

    Control tokens are escaped; a chat where there were some has a ledger row (`control_token`, altered).
    """
    system = escape_control_tokens(system_prompt)
    questions = asked.map_elements(escape_control_tokens, return_dtype=pl.String)
    answers = answered.map_elements(escape_control_tokens, return_dtype=pl.String)
    turns = pl.DataFrame({"system": pl.Series([system]).new_from_index(0, rows.height), "user": questions, "assistant": answers})
    messages = turns.select(pl.concat_list(*(_message(role) for role in turns.columns)).alias("messages"))
    ids = passport.row_ids("chat_examples", rows["id"])
    columns = rows.select(ids, pl.concat_list("id").alias("parent_ids"), "source", "group_id", "license")
    chats = pl.concat([columns, messages], how="horizontal").select(*SCHEMA)
    altered = chats.filter((questions != asked) | (answers != answered))
    return chats, ledger.entries(altered, "control_token", action="altered", detail=pl.col("group_id"))


def _message(role: str) -> pl.Expr:
    return pl.struct(pl.lit(role).alias("role"), pl.col(role).alias("content"))


def escape_control_tokens(text: str) -> str:
    """Return `text` with a zero-width space after the `<` of everything that a tokenizer could take for a control token.

    The text looks the same and encodes to ordinary tokens. One more space is put where there are some already, so that
    `unescape_control_tokens` gives back exactly the text that went in.
    """
    return _CONTROL.sub(rf"<{ZERO_WIDTH_SPACE}\1", text) if "<" in text else text


def unescape_control_tokens(text: str) -> str:
    """Return the text that `escape_control_tokens` was given."""
    return _CONTROL.sub(lambda match: "<" + match[1][1:], text)

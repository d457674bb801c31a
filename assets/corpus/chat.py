"""Turn pairs into chats, with nothing in them that a tokenizer takes for a control token."""

import re
from typing import Literal

import polars as pl
from pydantic import BaseModel, Field, field_validator

from assets import ledger, passport
from assets.conversations.canonical import MESSAGE
from assets.corpus.generation.style import DEFAULT, style_text

SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "parent_ids": pl.List(pl.String()),
        "source": pl.String(),
        "slice": pl.String(),
        "language": pl.String(),
        "group_keys": pl.List(pl.String()),
        "license": pl.String(),
        "messages": pl.List(MESSAGE),
        "tools": pl.String(),
        "weight": pl.Float64(),
    }
)
NO_TOOLS = "[]"
ZERO_WIDTH_SPACE = "\u200b"
# `<|…|>` is how ChatML and its relatives write control tokens; the others are those of the StarCoder family, SmolLM2 included.
_NAMED = (
    "repo_name reponame file_sep filename gh_stars issue_start issue_comment issue_closed jupyter_start jupyter_text jupyter_code "
    "jupyter_output jupyter_script empty_output fim_prefix fim_middle fim_suffix fim_pad commit_before commit_msg commit_after"
)
_CONTROL = re.compile(rf"<({ZERO_WIDTH_SPACE}*)(?=(?:\|[^\s<>|]{{1,64}}\||{'|'.join(_NAMED.split())})>)")


class ChatSettings(BaseModel, frozen=True, extra="forbid"):
    """How pairs become chats."""

    system_prompt: str = Field("You are a coding assistant.", min_length=1, description="of pairs about code; the style follows it")
    document_system_prompt: str = Field(
        "You are an assistant that knows the documents.", min_length=1, description="of pairs about documents; the style follows it"
    )
    answer_style: str = Field(DEFAULT, min_length=1, description="as in generation: the name of a style, or a text of one's own")

    @field_validator("answer_style")
    @classmethod
    def _is_a_style(cls, style: str) -> str:
        style_text(style)
        return style


def system_text(settings: ChatSettings, kind: Literal["code", "document"]) -> str:
    """Return what the system says in chats about `kind`: the same in training, evaluation and serving.

    Never empty: chat templates put a text of their own in the place of a missing one.
    """
    prompt = settings.system_prompt if kind == "code" else settings.document_system_prompt
    return f"{prompt} {style_text(settings.answer_style)}"


def to_chat(pairs: pl.DataFrame, settings: ChatSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a chat (system, then user and assistant in turn) for each dialogue, and a ledger row for each that was escaped.

    What must stay together is the repository, of documents the document.
    """
    of_code = pl.col("kind") == "code"
    group = pl.when(of_code).then(pl.lit("repository")).otherwise(pl.lit("document"))
    prompts = escape_control_tokens(system_text(settings, "code")), escape_control_tokens(system_text(settings, "document"))
    turns = pairs.select(
        "id", "dialogue", "turn", "language", "license", "answer",
        question=pl.concat_str("question", "context", separator="\n\n", ignore_nulls=True),
        system=pl.when(of_code).then(pl.lit(prompts[0])).otherwise(pl.lit(prompts[1])),
        source=pl.when(of_code).then(pl.lit("code_qa")).otherwise(pl.lit("document_qa")),
        slice="shape",
        group_keys=pl.concat_list(pl.format("{}:{}", group, "repository")),
    )  # fmt: skip
    return as_chats(turns)


def as_chats(turns: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (a chat for each dialogue of `turns`, in the order of their first; a ledger row `control_token` for each that was escaped).

    `turns`: id (of the parent), dialogue, turn (from 0), system (String, escaped already), question, answer, source, slice, language,
    group_keys, license.
    """
    questions, answers = (turns[side].map_elements(escape_control_tokens, return_dtype=pl.String) for side in ("question", "answer"))
    is_altered = (questions != turns["question"]) | (answers != turns["answer"])
    pairs = turns.with_columns(questions, answers, is_altered.alias("is_altered")).sort("turn", maintain_order=True)
    said = pl.concat_list(_message("user", "question"), _message("assistant", "answer"))
    first = [pl.col(name).first() for name in ("system", "source", "slice", "language", "group_keys", "license")]
    dialogues = pairs.group_by("dialogue", maintain_order=True).agg(
        pl.col("id").alias("parent_ids"), *first, said.explode().alias("said"), pl.col("is_altered").any()
    )
    chats = dialogues.with_columns(
        passport.row_ids("chat_examples", dialogues["dialogue"]),
        messages=pl.concat_list(_message("system", "system"), "said"),
        tools=pl.lit(NO_TOOLS),
        weight=pl.lit(1.0),
    )
    altered = ledger.entries(chats.filter("is_altered"), "control_token", action="altered", detail=pl.col("group_keys").list.first())
    return chats.select(*SCHEMA), altered


def _message(role: str, column: str) -> pl.Expr:
    nothing = [pl.lit(None, pl.String).alias(name) for name in ("tool_calls", "tool_call_id", "name")]
    return pl.struct(pl.lit(role).alias("role"), pl.col(column).alias("content"), *nothing)


def escape_control_tokens(text: str) -> str:
    """Return `text` with a zero-width space after the `<` of everything that a tokenizer could take for a control token.

    The text looks the same and encodes to ordinary tokens. One more space is put where there are some already, so that
    `unescape_control_tokens` gives back exactly the text that went in.
    """
    return _CONTROL.sub(rf"<{ZERO_WIDTH_SPACE}\1", text) if "<" in text else text


def unescape_control_tokens(text: str) -> str:
    """Return the text that `escape_control_tokens` was given."""
    return _CONTROL.sub(lambda match: "<" + match[1][1:], text)

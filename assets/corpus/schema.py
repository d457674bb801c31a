"""The contracts of the corpus: chunks, questions and answers, chats, splits."""

import pandera.polars as pa
import polars as pl

from assets.conversations.canonical import MESSAGE

SOURCES = ["code_qa", "document_qa", "review_needs_comment", "review_comment", "review_refine", "tool_conversation"]
RowId = pa.Field(str_matches=r"^[0-9a-f]{32}$", unique=True)
Messages = pl.List(MESSAGE)
_TOOLS = r"^\["


class CleanedChunks(pa.DataFrameModel):
    """A function, class, section or file within the token budget: a literal slice of its file."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    repository: str = pa.Field(str_length={"min_value": 1})
    revision: str = pa.Field(nullable=True)
    path: str = pa.Field(str_length={"min_value": 1})
    language: str = pa.Field(nullable=True)
    license: str = pa.Field(nullable=True)
    kind: str = pa.Field(isin=["function", "method", "class", "file", "section"])
    name: str = pa.Field(description="dotted name inside the file, of a section its headings; else the name of the file")
    part: pl.Int64 = pa.Field(ge=0, description="0 for the first (or only) part of what was split")
    signature: str = pa.Field(nullable=True, description="declaration without its body")
    docstring: str = pa.Field(nullable=True, description="docstring or leading comment without marks and indentation")
    docstring_start: pl.Int64 = pa.Field(nullable=True, ge=0, description="first character of the docstring in text, marks included")
    docstring_end: pl.Int64 = pa.Field(nullable=True, ge=0, description="one past its last character")
    imports: pl.List(pl.String)  # type: ignore[valid-type]
    start_line: pl.Int64 = pa.Field(ge=1, description="first line in the file, from 1")
    end_line: pl.Int64 = pa.Field(ge=1, description="last line, included")
    start_char: pl.Int64 = pa.Field(ge=0, description="first character in the file, from 0")
    end_char: pl.Int64 = pa.Field(ge=1, description="one past the last character")
    n_tokens: pl.Int64 = pa.Field(ge=1, description="by the base model's tokenizer")
    text: str


class QaPairs(pa.DataFrameModel):
    """A question about a chunk, and an answer that stands in it."""

    id: str = RowId
    parent_ids: pl.List(pl.String) = pa.Field(description="the chunk that holds the span, then others that were shown")  # type: ignore[valid-type]
    repository: str = pa.Field(str_length={"min_value": 1}, description="of a document its origin")
    path: str = pa.Field(str_length={"min_value": 1})
    language: str = pa.Field(nullable=True)
    license: str = pa.Field(nullable=True)
    kind: str = pa.Field(isin=["code", "document"], description="what the chunk is a piece of")
    generator: str = pa.Field(str_length={"min_value": 1}, description="what wrote the pair: docstring, or llm: and the model's name")
    shape: str = pa.Field(description="which question shape it has")
    dialogue: str = pa.Field(str_matches=r"^[0-9a-f]{32}$", description="id of the first pair of its conversation")
    turn: pl.Int64 = pa.Field(ge=0, description="place in the conversation, from 0")
    question: str = pa.Field(str_length={"min_value": 1})
    context: str = pa.Field(nullable=True, description="what is shown with the question, where it is no part of it")
    answer: str = pa.Field(str_length={"min_value": 1})
    span_start: pl.Int64 = pa.Field(ge=0, description="first character of the answer's source in the chunk's text")
    span_end: pl.Int64 = pa.Field(ge=1, description="one past its last character")
    sample_quality_score: pl.Float64 = pa.Field(nullable=True, ge=0, le=1, description="null for what was written by people")


class ChatExamples(pa.DataFrameModel):
    """Messages ready to train on, whatever the source."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    source: str = pa.Field(isin=SOURCES, description="what it was made from")
    slice: str = pa.Field(nullable=True, description="of questions the shape, of conversations the complexity")
    language: str = pa.Field(nullable=True)
    group_keys: pl.List(pl.String) = pa.Field(  # type: ignore[valid-type]
        description="what stays in one split: repository:, document:, pull_request: or conversation: and a name; one at least"
    )
    license: str = pa.Field(nullable=True)
    messages: Messages = pa.Field(  # type: ignore[valid-type]
        description="role, content, tool_calls (JSON list of id, name, arguments), tool_call_id, name of the tool that answers"
    )
    tools: str = pa.Field(str_matches=_TOOLS, description="JSON list of tools in OpenAI's form")
    weight: pl.Float64 = pa.Field(gt=0, description="what it counts for among its like")


class Benchmarks(pa.DataFrameModel):
    """A problem of a registered evaluation set: nothing that holds it is trained on."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    benchmark: str = pa.Field(str_length={"min_value": 1}, description="as the profile calls it")
    task_id: str = pa.Field(str_length={"min_value": 1})
    revision: str = pa.Field(nullable=True, description="version of the package, commit of the dataset, or digest of the file")
    license: str = pa.Field(nullable=True)
    language: str = pa.Field(nullable=True)
    prompt: str = pa.Field(str_length={"min_value": 1})
    solution: str = pa.Field(nullable=True)
    tests: str = pa.Field(nullable=True)
    texts: pl.List(pl.String) = pa.Field(description="what else must not be trained on")  # type: ignore[valid-type]


class ChatmlSplits(pa.DataFrameModel):
    """A chat example with its split, weight and token counts."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    split: str = pa.Field(isin=["train", "validation", "test"])
    group_id: str = pa.Field(str_length={"min_value": 1}, description="the smallest key of all that must stay together")
    source: str = pa.Field(isin=SOURCES)
    slice: str = pa.Field(nullable=True)
    language: str = pa.Field(nullable=True)
    license: str = pa.Field(nullable=True)
    messages: Messages  # type: ignore[valid-type]
    tools: str = pa.Field(str_matches=_TOOLS)
    weight: pl.Float64 = pa.Field(gt=0)
    n_tokens: pl.Int64 = pa.Field(ge=1, description="of the whole example as rendered for training")
    n_answer_tokens: pl.Int64 = pa.Field(ge=1, description="of them, those that the loss is on")

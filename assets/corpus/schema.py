"""The contracts of the corpus: chunks, questions and answers, chats, splits."""

import pandera.polars as pa
import polars as pl

RowId = pa.Field(str_matches=r"^[0-9a-f]{32}$", unique=True)
Messages = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))


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
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    repository: str = pa.Field(str_length={"min_value": 1})
    path: str = pa.Field(str_length={"min_value": 1})
    language: str = pa.Field(nullable=True)
    license: str = pa.Field(nullable=True)
    generator: str = pa.Field(description="what wrote the pair")
    shape: str = pa.Field(description="which question shape it has")
    question: str = pa.Field(str_length={"min_value": 1})
    answer: str = pa.Field(str_length={"min_value": 1})
    span_start: pl.Int64 = pa.Field(ge=0, description="first character of the answer's source in the chunk's text")
    span_end: pl.Int64 = pa.Field(ge=1, description="one past its last character")


class ChatExamples(pa.DataFrameModel):
    """Messages ready to train on, whatever the source."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    source: str = pa.Field(description="what it was made from: code_qa, review_needs_comment, review_comment, review_refine")
    group_id: str = pa.Field(str_length={"min_value": 1}, description="stays in one split: the repository, of reviews the pull request")
    license: str = pa.Field(nullable=True)
    messages: Messages  # type: ignore[valid-type]


class ChatmlSplits(pa.DataFrameModel):
    """A chat example with its split, weight and token counts."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    split: str = pa.Field(isin=["train", "validation", "test"])
    group_id: str = pa.Field(str_length={"min_value": 1})
    source: str
    license: str = pa.Field(nullable=True)
    messages: Messages  # type: ignore[valid-type]
    weight: pl.Float64 = pa.Field(gt=0)
    n_tokens: pl.Int64 = pa.Field(ge=1, description="of the whole example as rendered for training")
    n_answer_tokens: pl.Int64 = pa.Field(ge=1, description="of them, those that the loss is on")

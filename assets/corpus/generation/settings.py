"""What a language model is asked for, and what its questions and answers must hold to."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from assets.corpus.generation.style import DEFAULT, style_text

Kind = Literal["code", "document"]
QuestionKind = Literal["what", "why", "how", "compare", "explain", "edge_case"]
Language = Literal["English", "German", "French", "Spanish", "Italian", "Portuguese", "Dutch", "Russian", "Chinese", "Japanese", "Korean"]


class GateSettings(BaseModel, frozen=True, extra="forbid"):
    """The thresholds of the gates. Bounds of lengths are in words: of scripts without blanks, two characters count as one.

    Grounding was measured on 1,045 documented functions of eight installed packages, with the docstring as the answer. From .35 on pass
    all when the docstring is shown, 43 % when only the code is, which says it in other words, and 13 % when another function of the same
    package is shown. What shares the words of its topic can only be told apart by a judge. Documents are answered in their own words.
    """

    min_question_words: int = Field(4, ge=1, description="fewer cannot ask and name something")
    max_question_words: int = Field(60, ge=1, description="more is a task description")
    min_answer_words: int = Field(2, ge=1, description="a name or a number alone is no sentence to learn from")
    max_answer_words: int = Field(200, ge=1, description="more is cut short in small contexts")
    fit_answer_words: int = Field(80, ge=1, description="longer answers begin to lose quality score; nothing is dropped for it")
    min_named_terms: int = Field(1, ge=0, description="content words and names of the question that stand in the text, its name or path")
    max_question_similarity: float = Field(0.8, gt=0, le=1, description="Jaccard index of the words of two questions about one text")
    max_copied_share: float = Field(0.9, gt=0, le=1, description="share of the answer's content words that its question holds already")
    min_code_overlap: float = Field(
        0.35, ge=0, le=1, description="grounding of answers about code, which describe what is written otherwise"
    )
    min_document_overlap: float = Field(0.5, ge=0, le=1, description="grounding of answers about documents, which repeat their words")
    min_known_names: float = Field(0.8, ge=0, le=1, description="share of the answer's identifiers and numbers that stand in the text")
    min_script_share: float = Field(0.8, ge=0, le=1, description="share of letters, outside code, in the script of the language")

    @model_validator(mode="after")
    def _are_ranges(self) -> "GateSettings":
        if self.min_question_words > self.max_question_words:
            raise ValueError("min_question_words is above max_question_words")
        if not self.min_answer_words <= self.fit_answer_words <= self.max_answer_words:
            raise ValueError("fit_answer_words is not between min_answer_words and max_answer_words")
        return self

    def min_overlap(self, kind: str) -> float:
        """Return the least grounding of answers about `kind`."""
        return self.min_code_overlap if kind == "code" else self.min_document_overlap


class GenerationSettings(BaseModel, frozen=True, extra="forbid"):
    """What is asked for. Whether anything is asked at all depends on an endpoint being configured."""

    kinds: tuple[Kind, ...] = Field(("code", "document"), min_length=1)
    question_kinds: tuple[QuestionKind, ...] = Field(("what", "why", "how", "compare", "explain", "edge_case"), min_length=1)
    questions_per_chunk: int = Field(4, ge=1, le=50, description="asked of a chunk, or of a group of small ones that are shown together")
    max_turns: int = Field(1, ge=1, le=10, description="questions of a conversation; more than one asks for follow-up questions")
    min_group_tokens: int = Field(24, ge=0, description="a text with fewer, in all, says too little to be asked about")
    max_group_tokens: int = Field(512, ge=1, description="neighbouring small chunks of a file or document are shown together up to this")
    max_chunks: int | None = Field(
        None, ge=1, description="chunks, or groups of small ones, that are asked about in all, chosen by their ids; null: all"
    )
    language: Language = Field("English", description="of questions and answers, whatever that of the text")
    answer_style: str = Field(DEFAULT, min_length=1, description="the name of a style, or a text of one's own")
    max_answer_tokens: int = Field(400, ge=16, description="of one answer, by the endpoint's tokenizer")
    temperature: float = Field(0.0, ge=0, le=2, description="of questions and answers; the judge's is 0")
    seed: int = Field(0, ge=0)
    judge: bool = Field(False, description="ask the model also whether the cited lines support each answer that passed the gates")
    gates: GateSettings = GateSettings()

    @field_validator("answer_style")
    @classmethod
    def _is_a_style(cls, style: str) -> str:
        style_text(style)
        return style

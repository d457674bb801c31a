"""When a training row is taken for contaminated."""

from typing import Self

from pydantic import BaseModel, Field, model_validator


class DecontaminationSettings(BaseModel, frozen=True, extra="forbid"):
    """What a row must share with a problem to be dropped.

    GPT-3: Brown et al. 2020, appendix C, which takes one common run of 13 words for an overlap. With the defaults, 5 of 60,006 pieces of
    other people's code and documentation were dropped, all of them with a literal copy of a problem.
    """

    ngram_words: int = Field(13, ge=8, le=50, description="words in a run that is compared; 13 in GPT-3")
    min_runs: int = Field(1, ge=1, description="different runs of a text of the problem that the row holds; 1 in GPT-3")
    min_distinctive_words: int = Field(2, ge=0, description="words in a run that are not in every other program; fewer tell nothing")
    min_contained_words: int = Field(8, ge=3, description="a shorter text must be a whole message or code block; 8 in GPT-3")
    min_declaration_words: int = Field(5, ge=3, description="the same for a whole function, which names itself")
    shingle_words: int = Field(3, ge=2, description="words in a short run: some must stay whole where lines move or single words change")
    near_threshold: float = Field(0.7, gt=0, le=1, description="share of a text's short runs that the row holds; BigCode's threshold")
    max_problems: int = Field(10, ge=1, description="a run of words in more problems is boilerplate; GPT-3's number of collisions")
    match_tests: bool = Field(True, description="whether the tests of a problem count, besides its prompt and its solution")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.shingle_words <= self.min_declaration_words <= self.min_contained_words <= self.ngram_words:
            raise ValueError("shingle_words, min_declaration_words, min_contained_words and ngram_words must ascend")
        if self.shingle_words == self.ngram_words:
            raise ValueError("shingle_words must be less than ngram_words")
        return self

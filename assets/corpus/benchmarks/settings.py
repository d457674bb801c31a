"""Which evaluation sets are registered, where they are, and what their columns mean."""

from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator


class BenchmarkError(ValueError):
    """A registered set cannot be read. The message names it and the remedy. What cannot be read must not pass for clean."""

    blames_the_source = True


class BenchmarkColumns(BaseModel, frozen=True, extra="forbid"):
    """The columns of a set, with dots for what is nested. Of several names the first counts. Lists become lines, objects JSON."""

    task_id: tuple[str, ...] = Field(("task_id", "id"), description="where there is none, the number of the row")
    prompt: tuple[str, ...] = ("prompt",)
    solution: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    texts: tuple[str, ...] = Field((), description="other columns that must not be trained on; all of them count")

    @model_validator(mode="before")
    @classmethod
    def _from_names(cls, value: Any) -> Any:
        return {name: (part,) if isinstance(part, str) else part for name, part in value.items()} if isinstance(value, dict) else value


_HUMAN_EVAL = {"solution": "canonical_solution", "tests": "test"}
_MBPP = {"prompt": ("text", "prompt"), "solution": "code", "tests": "test_list", "texts": ("test_setup_code", "challenge_test_list")}
_KNOWN: dict[str, dict[str, Any]] = {
    # Chen et al. 2021: the data lie in OpenAI's distribution
    "human_eval": {"language": "Python", "license": "MIT", "columns": _HUMAN_EVAL, "package": "human-eval"},
    # Austin et al. 2021
    "mbpp": {
        "language": "Python", "license": "CC-BY-4.0", "columns": _MBPP, "dataset": "google-research-datasets/mbpp", "config": "full",
        "split": "train+test+validation+prompt",
    },
    # Patil et al. 2025; questions lie beside a folder `possible_answer`
    "bfcl": {"license": "Apache-2.0"},
    "rows": {},
}  # fmt: skip
_PLACES = ("package", "path", "dataset")


class BenchmarkSource(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """A registered set: in a `package`, at a `path`, or on the Hugging Face hub as a `dataset`. A string stands for a known kind."""

    kind: Literal["human_eval", "mbpp", "bfcl", "rows"] = "rows"
    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$", description="what the ledger calls it; null: the kind")
    package: str | None = Field(None, description="installed distribution that carries the data")
    path: str | None = Field(
        None, description="JSON, JSON Lines or Parquet, also .gz or .zst: a file, folder or glob; with a package, below it"
    )
    dataset: str | None = Field(None, description="owner/name on the hub, or a folder that holds a dataset")
    config: str | None = None
    split: str = Field("test", min_length=1, description="several with + between them")
    revision: str | None = Field(None, description="branch, tag or commit of the dataset; the commit that it stands for is recorded")
    columns: BenchmarkColumns = BenchmarkColumns()
    language: str | None = Field(None, description="programming language; of Python, functions are also looked for without docstring")
    license: str | None = Field(None, description="SPDX id")

    @model_validator(mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        """Fill what is known of a kind; a place that is named takes the place of the known one."""
        given = {"kind": value} if isinstance(value, str) else dict(value) if isinstance(value, dict) else value
        if not isinstance(given, dict):
            return given
        known = dict(_KNOWN.get(given.get("kind", "rows"), {}))
        if any(given.get(place) for place in _PLACES):
            known = {name: part for name, part in known.items() if name not in (*_PLACES, "config", "split")}
        named = {"name": given["kind"]} if given.get("kind", "rows") != "rows" else {}
        return {**known, **named, **given}

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not (self.package or self.path or self.dataset) or (self.dataset and (self.package or self.path)):
            raise ValueError(f"benchmark {self.name!r} needs a place: package, path or dataset")
        return self


class BenchmarkSettings(BaseModel, frozen=True, extra="forbid"):
    """The registered sets, and how they are read."""

    sources: tuple[BenchmarkSource, ...] = (BenchmarkSource.model_validate("human_eval"),)
    max_row_bytes: int = Field(4_194_304, gt=0, description="a longer row is left out, with a ledger row")
    max_rows: int = Field(100_000, gt=0, description="a larger set is refused: it is a training set by mistake")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [source.name for source in self.sources]
        if len(set(names)) < len(names):
            raise ValueError("two benchmarks have one name")
        return self

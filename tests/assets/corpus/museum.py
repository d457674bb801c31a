"""A small corpus about a museum, and a lake in which questions are asked about it: of the real assets, at a server on loopback."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets import passport
from assets.corpus import assets
from assets.corpus.chunks import chunking, sections
from assets.documents.extraction import SCHEMA as SECTIONS
from resources.engine import EngineSettings, LocalEngine
from resources.lake import Lake
from resources.lake.io_manager import LakeIOManager
from resources.llm.resource import LEDGER, Llm
from resources.llm.settings import LlmSettings
from resources.platform import Platform
from resources.settings import Settings
from tests.resources.llm.chat_server import ChatServer, settings

METALS = ("copper", "silver", "bronze", "nickel", "pewter")
_CODE = '''def weigh_{metal}(scale, coins):
    """Weigh the {metal} coins on the scale, with the largest before the others."""
    heaviest_{metal} = sorted(coins, key=scale.grams, reverse=True)
    return [scale.rounded(coin) for coin in heaviest_{metal}]
'''
_SECTION = """## {title}

The museum lends {metal} coins to schools for several months, without asking for money.
Visitors may touch {metal} coins in the workshop behind the second staircase.
"""


def files() -> dict[str, str]:
    return {f"{metal}.py": _CODE.format(metal=metal) for metal in METALS}


def pages() -> dict[str, str]:
    return {metal.title(): _SECTION.format(metal=metal, title=metal.title()) for metal in METALS}


def code_chunks(contents: Mapping[str, str], tokenizer: pl.DataFrame) -> pl.DataFrame:
    """Rows of cleaned_chunks, by the real stage."""
    paths, repository = list(contents), "https://example.org/museum"
    columns = {"id": passport.row_ids("deduplicated_code", [repository] * len(paths), paths), "path": paths, "content": contents.values()}
    rows = pl.DataFrame(columns).with_columns(
        repository=pl.lit(repository), revision=pl.lit(None, pl.String), language=pl.lit("Python"), license=pl.lit("MIT")
    )
    return chunking.chunk(rows, chunking.ChunkingSettings(), tokenizer)[0]


def document_chunks(texts: Mapping[str, str]) -> pl.DataFrame:
    """Rows of cleaned_chunks, by the real stage."""
    about = {"document": "a" * 64, "origin": "/srv/docs/handbook.pdf", "license": "Apache-2.0", "extractor": "pdfium", "part": 0}
    place = {"headings": [], "level": 2, "first_page": 1, "last_page": 1, "n_tokens": 60, "title": "Handbook", "parent_ids": []}
    rows = [
        about | place | {"id": passport.row_id("document_sections", text), "section": number, "heading": heading, "text": text}
        for number, (heading, text) in enumerate(texts.items())
    ]
    return sections.as_chunks(pl.DataFrame(rows, schema=SECTIONS))[0]


@dataclass
class Museum:
    """A lake with chunks, and `qa_pairs` over them. `generation` has settings; groups are one chunk each unless it says otherwise."""

    home: Path
    tokenizer: pl.DataFrame | None = None
    generation: dict[str, Any] = field(default_factory=dict)

    @property
    def lake(self) -> Lake:
        return Lake.at(self.home)

    def publish(self, code: Mapping[str, str], texts: Mapping[str, str]) -> None:
        """Publish the chunks of files and documents."""
        assert self.tokenizer is not None
        draft = self.lake.draft("cleaned_chunks")
        draft.parts = [self.lake.put(code_chunks(code, self.tokenizer), "files"), self.lake.put(document_chunks(texts), "documents")]
        self.lake.publish(self.lake.commit(draft), draft.base)

    def ask(self, *servers: ChatServer, instance: dg.DagsterInstance | None = None, **llm: Any) -> dg.ExecuteInProcessResult:
        """Materialize `qa_pairs`."""
        return self.materialize(settings(*servers, **{"concurrency": 8, "timeout_s": 20, **llm}), instance)

    def materialize(self, llm: LlmSettings, instance: dg.DagsterInstance | None = None) -> dg.ExecuteInProcessResult:
        found = [dg.AssetSpec("cleaned_chunks"), assets.qa_pairs]
        return dg.materialize(found, resources=self.resources(llm), instance=instance, raise_on_error=False)

    def resources(self, llm: LlmSettings) -> dict[str, Any]:
        """What the assets ask for."""
        profile = {"corpus": {"generation": {"max_group_tokens": 1, **self.generation}}}
        chosen = Settings.model_validate(profile).model_copy(update={"llm": llm})
        engine = LocalEngine(self.lake, EngineSettings(workers=0))
        bundle = Platform(chosen, self.lake, engine, dg.PipesSubprocessClient())
        known = {"platform": bundle, "settings": chosen, "lake": self.lake, "io_manager": LakeIOManager(self.lake)}
        return {**known, "llm": Llm(llm, self.home / LEDGER)}

    @property
    def id(self) -> str | None:
        """The published snapshot of qa_pairs."""
        return self.lake.current("qa_pairs")

    def pairs(self, asked: bool = True) -> pl.DataFrame:
        """The published pairs that the model (not `asked`: a docstring) answered."""
        rows = self.lake.open("qa_pairs").collect()
        return rows.filter(pl.col("generator").str.starts_with("llm") == asked)


def failed(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    """What the checks that did not pass say."""
    checks = result.get_asset_check_evaluations()
    return {check.check_name: {name: fact.value for name, fact in check.metadata.items()} for check in checks if not check.passed}


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    (event,) = result.asset_materializations_for_node("qa_pairs")
    return {name: value.value for name, value in event.metadata.items()}

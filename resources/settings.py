"""The settings of everything: one YAML profile, validated before anything runs. Secrets never stand in it."""

import os
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Field, ValidationError

from assets.code.cleaning import CleaningSettings
from assets.code.deduplication import DeduplicationSettings
from assets.code.reading import ReadingSettings
from assets.code.sources.git import GitSource
from assets.corpus.chat import ChatSettings
from assets.corpus.chunking import ChunkingSettings
from assets.corpus.questions import QuestionSettings
from assets.corpus.splits import SplitSettings
from assets.model.base_model import BaseModelSettings
from assets.model.evaluation import EvaluationSettings
from assets.model.training import TrainingSettings
from resources.engine import EngineSettings

PROFILES = Path(__file__).resolve().parent.parent / "profiles"


class SettingsError(Exception):
    """The profile cannot be used. The message names file, key and remedy."""


class _Section(BaseModel, frozen=True, extra="forbid"):
    """A part of the profile: keys that it does not name are errors."""


class CodeSources(_Section):
    """Where source code comes from."""

    git: list[GitSource] = []
    folders: list[Path] = []
    packages: list[str] = Field(default=[], description="names of installed distributions")


class Sources(_Section):
    """Where everything comes from."""

    code: CodeSources = CodeSources()


class Code(_Section):
    """The code line."""

    reading: ReadingSettings = ReadingSettings()
    cleaning: CleaningSettings = CleaningSettings()
    deduplication: DeduplicationSettings = DeduplicationSettings()


class Corpus(_Section):
    """From chunks to splits."""

    chunking: ChunkingSettings = ChunkingSettings()
    questions: QuestionSettings = QuestionSettings()
    chat: ChatSettings = ChatSettings()
    splits: SplitSettings = SplitSettings()


class Model(_Section):
    """The base model, its training and its evaluation."""

    base: BaseModelSettings = BaseModelSettings()
    training: TrainingSettings = TrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()


class Checks(_Section):
    """Thresholds of the gates that every dataset has."""

    max_row_loss_share: float = Field(default=0.5, ge=0, le=1, description="more rows lost at once than this keeps a snapshot from readers")


class Retraining(_Section):
    """When changed splits are worth a new adapter."""

    min_new_rows: int = Field(default=100, ge=1)
    cooldown_hours: float = Field(default=24.0, ge=0)


class Settings(_Section):
    """The whole profile."""

    sources: Sources = Sources()
    engine: EngineSettings = EngineSettings()
    code: Code = Code()
    corpus: Corpus = Corpus()
    model: Model = Model()
    checks: Checks = Checks()
    retraining: Retraining = Retraining()


def load(profile: str | None = None) -> Settings:
    """Return the settings of `profile` (default: CORPUSMITH_PROFILE, else "default"): a name in profiles/ or a path.

    Raises SettingsError naming file, key and remedy.
    """
    path = profile_path(profile or os.environ.get("CORPUSMITH_PROFILE") or "default")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        settings = Settings.model_validate(content)
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(path, problem) for problem in error.errors())) from None
    _check_reachable(path, settings)
    return settings


def profile_path(profile: str) -> Path:
    """Return the file of `profile`. Raises SettingsError listing the names that exist."""
    named = PROFILES / f"{profile}.yaml"
    path = named if named.is_file() else Path(profile)
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in PROFILES.glob("*.yaml")))
        raise SettingsError(f"CORPUSMITH_PROFILE: no profile {profile!r}: give one of {names}, or the path of a YAML file.")
    return path


def _explain(path: Path, problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{path}: {key}: unknown key. {_known_keys(problem['loc'])}"
    return f"{path}: {key}: {problem['msg']} (found {type(problem['input']).__name__}). Correct the value."


def _known_keys(location: tuple[str | int, ...]) -> str:
    """Say which keys there are where `location` points to one that is not."""
    section: Any = Settings
    for part in location[:-1]:
        field = section.model_fields.get(part) if isinstance(part, str) and hasattr(section, "model_fields") else None
        if field is None:
            return "Remove it."
        section = field.annotation
    names = ", ".join(sorted(section.model_fields)) if hasattr(section, "model_fields") else ""
    return f"Known keys here: {names}." if names else "Remove it."


def _check_reachable(path: Path, settings: Settings) -> None:
    for number, package in enumerate(settings.sources.code.packages):
        if not any(metadata.distributions(name=package)):
            raise SettingsError(f"{path}: sources.code.packages.{number}: {package} is not installed. Install it or remove it.")
    for number, folder in enumerate(settings.sources.code.folders):
        if not folder.is_dir():
            raise SettingsError(
                f"{path}: sources.code.folders.{number}: {folder} is not a folder that can be read. Correct the path or remove it."
            )
    for number, source in enumerate(settings.sources.code.git):
        if source.url.startswith("/") and not Path(source.url).is_dir():
            raise SettingsError(f"{path}: sources.code.git.{number}.url: {source.url} is not there. Correct the path or remove it.")

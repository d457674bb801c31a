"""The settings of everything: one YAML profile, validated before anything runs. Secrets never stand in it."""

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, model_validator

from assets.code.cleaning import CleaningSettings
from assets.code.deduplication import DeduplicationSettings
from assets.code.licenses import LicensePolicy
from assets.code.quality import QualitySettings
from assets.code.reading import ReadingSettings
from assets.conversations.anomalies import AnomalySettings
from assets.conversations.balance import BalanceSettings
from assets.conversations.bounds import BoundSettings
from assets.conversations.chats import ConversationChatSettings
from assets.conversations.conversion import ConversationSettings
from assets.conversations.similarity import SimilaritySettings
from assets.corpus.benchmarks.settings import BenchmarkSettings
from assets.corpus.chat import ChatSettings
from assets.corpus.chunks.chunking import ChunkingSettings
from assets.corpus.decontamination.settings import DecontaminationSettings
from assets.corpus.generation.settings import GenerationSettings
from assets.corpus.generation.style import DEFAULT
from assets.corpus.mixture import MixtureSettings
from assets.corpus.questions import QuestionSettings
from assets.corpus.splits.assignment import SplitSettings
from assets.corpus.template.contract import TemplateContractSettings
from assets.documents.extraction import ExtractionSettings
from assets.model.base_model import BaseModelSettings
from assets.model.evaluation import EvaluationSettings
from assets.model.training import TrainingSettings
from assets.pull_requests.bronze.reading import PullReadingSettings
from assets.pull_requests.silver.bots import HumanSettings
from assets.pull_requests.silver.comments import AlignSettings
from assets.pull_requests.silver.people import PeopleSettings
from assets.pull_requests.silver.repeats import RepeatSettings
from assets.pull_requests.silver.validity import ValiditySettings
from assets.pull_requests.tasks.review_chat import ReviewChatSettings
from assets.pull_requests.tasks.settings import ReviewTaskSettings
from assets.redaction.redaction import RedactionSettings
from resources.alerts import AlertSettings
from resources.engine import EngineSettings
from resources.llm.settings import LlmSettings
from resources.sources import PROJECT, Section, Sources, missing

PROFILES = PROJECT / "profiles"


class SettingsError(Exception):
    """The profile cannot be used. The message names file, key and remedy."""


class Code(Section):
    """The code line."""

    reading: ReadingSettings = ReadingSettings()
    cleaning: CleaningSettings = CleaningSettings()
    licenses: LicensePolicy = LicensePolicy()
    quality: QualitySettings = QualitySettings()
    redaction: RedactionSettings = RedactionSettings()
    deduplication: DeduplicationSettings = DeduplicationSettings()


class PullRequests(Section):
    """The pull-request line."""

    shard_max_bytes: int = Field(
        default=8_000_000, gt=0, description="of a shard's JSON, which takes several times as much while it is read"
    )
    reading: PullReadingSettings = PullReadingSettings()
    alignment: AlignSettings = AlignSettings()
    humans: HumanSettings = HumanSettings()
    repeats: RepeatSettings = RepeatSettings()
    people: PeopleSettings = PeopleSettings()
    redaction: RedactionSettings = RedactionSettings()
    validity: ValiditySettings = ValiditySettings()
    tasks: ReviewTaskSettings = ReviewTaskSettings()


class DocumentLine(Section):
    """The document line."""

    extraction: ExtractionSettings = ExtractionSettings()
    redaction: RedactionSettings = RedactionSettings()


class ConversationLine(Section):
    """The conversation line."""

    conversion: ConversationSettings = ConversationSettings()
    bounds: BoundSettings = BoundSettings()
    redaction: RedactionSettings = RedactionSettings()
    anomalies: AnomalySettings = AnomalySettings()
    similarity: SimilaritySettings = SimilaritySettings()
    balance: BalanceSettings = BalanceSettings()
    chats: ConversationChatSettings = ConversationChatSettings()


class Template(Section):
    """What the splits are held to when the base model's template renders them."""

    max_truncated_share: float = TemplateContractSettings.model_fields["max_truncated_share"].default
    transformers_rows: int = TemplateContractSettings.model_fields["transformers_rows"].default


class Corpus(Section):
    """From chunks to splits. `answer_style` is that of generation and of chats: what is trained on is what was asked for."""

    answer_style: str = Field(default=DEFAULT, min_length=1, description="the name of a style, or a text of one's own")
    chunking: ChunkingSettings = ChunkingSettings()
    questions: QuestionSettings = QuestionSettings()
    generation: GenerationSettings = GenerationSettings()
    chat: ChatSettings = ChatSettings()
    review_chat: ReviewChatSettings = ReviewChatSettings()
    mixture: MixtureSettings = MixtureSettings()
    benchmarks: BenchmarkSettings = BenchmarkSettings()
    decontamination: DecontaminationSettings = DecontaminationSettings()
    splits: SplitSettings = SplitSettings()
    template: Template = Template()

    @model_validator(mode="before")
    @classmethod
    def _of_one_style(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "answer_style" not in given:
            return given
        parts = {name: given.get(name) or {} for name in ("generation", "chat")}
        return given | {name: {"answer_style": given["answer_style"], **part} for name, part in parts.items() if isinstance(part, dict)}

    @model_validator(mode="after")
    def _agree(self) -> "Corpus":
        if not self.generation.answer_style == self.chat.answer_style == self.answer_style:
            raise ValueError("set corpus.answer_style alone: generation and chat take it from there")
        return self


class Model(Section):
    """The base model, its training and its evaluation."""

    base: BaseModelSettings = BaseModelSettings()
    training: TrainingSettings = TrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()


class Checks(Section):
    """Thresholds of the gates that every dataset has."""

    max_row_loss_share: float = Field(default=0.5, ge=0, le=1, description="more rows lost at once than this keeps a snapshot from readers")


class Retraining(Section):
    """When changed splits are worth a new adapter."""

    min_new_rows: int = Field(default=100, ge=1)
    cooldown_hours: float = Field(default=24.0, ge=0)


class Settings(Section):
    """The whole profile."""

    sources: Sources = Sources()
    engine: EngineSettings = EngineSettings()
    code: Code = Code()
    pull_requests: PullRequests = PullRequests()
    documents: DocumentLine = DocumentLine()
    conversations: ConversationLine = ConversationLine()
    corpus: Corpus = Corpus()
    model: Model = Model()
    llm: LlmSettings = LlmSettings()
    checks: Checks = Checks()
    retraining: Retraining = Retraining()
    alerts: AlertSettings = AlertSettings()


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
    for key, problem in missing(settings.sources.code):
        raise SettingsError(f"{path}: sources.code.{key}: {problem}")

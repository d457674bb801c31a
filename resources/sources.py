"""Where everything comes from, as the profile says it."""

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel, Field

from assets.code.sources.git import FetchSettings, GitSource
from assets.code.sources.software_heritage import SoftwareHeritageSource
from assets.conversations.sources.settings import ConversationSources
from assets.documents.sources.settings import DocumentSources
from assets.pull_requests.sources.files import FilesSettings
from assets.pull_requests.sources.git_refs import PullRefs
from assets.pull_requests.sources.github_settings import GithubSettings

PROJECT = Path(__file__).resolve().parent.parent


class Section(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """A part of the profile: keys that it does not name are errors."""


class CodeSources(Section):
    """Where source code comes from."""

    git: list[GitSource] = []
    repositories_from: list[Path] = Field(default=[], description="text files with `url` or `url ref` on a line")
    repository_metadata: list[Path] = Field(default=[], description="Parquet or JSONL with url, stars, topics, license")
    fetch: FetchSettings = FetchSettings()
    software_heritage: list[SoftwareHeritageSource] = []
    folders: list[Path] = []
    packages: list[str] = Field(default=[], description="names of installed distributions")
    opt_outs: Path = Field(default=PROJECT / "opt_outs.yaml", description="what is left out, whatever the source")

    @property
    def is_empty(self) -> bool:
        """Whether no source is named."""
        return not any((self.git, self.repositories_from, self.software_heritage, self.folders, self.packages))


class PullRequestSources(GithubSettings, frozen=True, extra="forbid"):
    """Where pull requests come from: repositories of a GitHub host, git repositories, and files."""

    embedded_forge: bool = Field(False, description="ask the small forge that comes along, in the place of base_url")
    git: list[PullRefs] = Field(default=[], description="git repositories with refs/pull/*/head")
    files: list[str] = Field(
        default=[], description="files, folders or globs: JSON Lines, JSON, Parquet, pairs of .diff and _comments.jsonl"
    )
    file_reading: FilesSettings = FilesSettings()


class Documents(DocumentSources, frozen=True, extra="forbid"):
    """Where documents come from."""

    embedded: bool = Field(default=False, description="read the handbook that comes along")


class Sources(Section):
    """Where everything comes from."""

    code: CodeSources = CodeSources()
    documents: Documents = Documents()
    conversations: ConversationSources = ConversationSources()
    pull_requests: PullRequestSources = PullRequestSources()


def missing(sources: CodeSources) -> Iterator[tuple[str, str]]:
    """Yield the key of each source that is not there, and what to do."""
    for number, package in enumerate(sources.packages):
        if not any(metadata.distributions(name=package)):
            yield f"packages.{number}", f"{package} is not installed. Install it or remove it."
    for number, folder in enumerate(sources.folders):
        if not folder.is_dir():
            yield f"folders.{number}", f"{folder} is not a folder that can be read. Correct the path or remove it."
    for number, source in enumerate(sources.git):
        if source.url.startswith("/") and not Path(source.url).is_dir():
            yield f"git.{number}.url", f"{source.url} is not there. Correct the path or remove it."
    lists = {"repositories_from": sources.repositories_from, "repository_metadata": sources.repository_metadata}
    for key, number, file in ((key, number, file) for key, files in lists.items() for number, file in enumerate(files)):
        if not file.is_file():
            yield f"{key}.{number}", f"{file} is not a file. Correct the path or remove it."
    if not sources.opt_outs.is_file():
        yield "opt_outs", f"{sources.opt_outs} is not a file. Keep it, with empty lists when nobody opted out."

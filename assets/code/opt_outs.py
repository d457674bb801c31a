"""Opt-outs: what people asked to be left out, kept out when it is acquired, and looked for again downstream.

`opt_outs.yaml` lists repositories, owners, authors, paths and Software Heritage ids. What a listing tells is dropped before anything
is read; what only the content tells (its SWHID, the authors it names) is dropped from raw_code. What authors wrote by the history of a
git repository is left out where it is listed (`sources/git.py`). Nobody's name reaches a ledger.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import yaml
from pydantic import BaseModel, BeforeValidator, Field, ValidationError, field_validator

from assets import ledger, passport
from assets.code import authors, path_globs, repository_names, swhids
from assets.code.repository_names import Listed

RULE = "opted_out"
_Entries = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(lambda value: () if value is None else value)]


class OptOutsError(Exception):
    """The file of opt-outs cannot be honoured. The message names file, key and remedy."""


class OptOuts(BaseModel, frozen=True, extra="forbid"):
    """What is left out. As settings of a stage: a new opt-out is a new key, so that everything is looked at again."""

    repositories: _Entries = Field((), description="URL, git@host:owner/name, owner/name (of any host), a distribution, or a folder")
    owners: _Entries = Field((), description="users, organisations or groups: name (of any host), host/name or URL")
    authors: _Entries = Field((), description="names, e-mail addresses, or both: Name <address>; in files and in commits")
    paths: _Entries = Field((), description="globs as in .gitignore, in every repository; or repository:glob")
    swhids: _Entries = Field((), description="swh:1:cnt, swh:1:rev (a commit) or swh:1:ori (a repository's URL); qualifiers are ignored")

    @field_validator("repositories")
    @classmethod
    def _are_repositories(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for number, entry in enumerate(entries):
            name = repository_names.of_repository(entry)
            if "*" in entry or not name.path or (name.host not in (None, "") and "/" not in name.path):
                raise ValueError(f"entry {number + 1} names no single repository: list an owner under owners, files under paths")
        return entries

    @field_validator("owners")
    @classmethod
    def _are_owners(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for number, entry in enumerate(entries):
            if "*" in entry or not repository_names.of_owner(entry).path:
                raise ValueError(f"entry {number + 1} names no owner: give a name, host/name or URL")
        return entries

    @field_validator("authors")
    @classmethod
    def _are_authors(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for number, entry in enumerate(entries):
            if not authors.is_distinctive(entry):
                raise ValueError(f"entry {number + 1} is too short to tell a person: give the whole name or an e-mail address")
        return entries

    @field_validator("paths")
    @classmethod
    def _are_globs(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for number, entry in enumerate(entries):
            try:
                path_globs.compiled(entry)
            except ValueError:
                raise ValueError(f"entry {number + 1} is no glob: write src/**/*.py or owner/name:src/**; ! is not understood") from None
        return entries

    @field_validator("swhids")
    @classmethod
    def _are_swhids(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for number, kind in enumerate(map(swhids.kind_of, entries)):
            if kind is None:
                raise ValueError(f"entry {number + 1} is no SWHID: swh:1:cnt: and 40 hex digits")
            if kind in ("dir", "rel", "snp"):
                raise ValueError(
                    f"entry {number + 1}: no dataset knows the {kind} of a file: list contents (cnt), the commit (rev) or paths"
                )
        return entries

    @property
    def is_empty(self) -> bool:
        """Whether nothing is listed."""
        return not any((self.repositories, self.owners, self.authors, self.paths, self.swhids))

    @property
    def by_content(self) -> "OptOuts":
        """What a listing cannot tell: all that the files themselves must be looked at for."""
        return OptOuts(authors=self.authors, swhids=self.swhids)


def load(path: Path) -> OptOuts:
    """Return the opt-outs of the YAML file `path`. Raises OptOutsError naming file, key and remedy; no entry is quoted."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return OptOuts.model_validate(content)
    except OSError as error:
        raise OptOutsError(
            f"{path}: cannot be read ({type(error).__name__}). Keep the file, with empty lists if nobody opted out."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = f", line {mark.line + 1}" if (mark := getattr(error, "problem_mark", None)) else ""
        raise OptOutsError(f"{path}{line}: not valid YAML. Correct it.") from None
    except ValidationError as error:
        raise OptOutsError("\n".join(_explain(path, problem) for problem in error.errors())) from None


def drop_listed(listing: pl.DataFrame, opt_outs: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop from a listing what its repository, owner, path, revision or known SWHID opts out: (listing, ledger)."""
    if opt_outs.is_empty:
        return listing, ledger.empty()
    why = reasons(listing.drop("content", strict=False), opt_outs)
    kept, dropped = listing.filter(why.is_null()), listing.with_columns(why).filter(why.is_not_null())
    return kept, _ledger(dropped.with_columns(passport.row_ids("raw_code", dropped["source"], dropped["repository"], dropped["path"])))


def drop_opted_out(files: pl.DataFrame, opt_outs: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop from rows of raw_code whatever opts them out, the content included: (kept rows, ledger)."""
    if opt_outs.is_empty or files.is_empty():
        return files, ledger.empty()
    why = reasons(files, opt_outs)
    return files.filter(why.is_null()), _ledger(files.with_columns(why).filter(why.is_not_null()))


def violations(frame: pl.DataFrame, opt_outs: OptOuts) -> list[str]:
    """Return the ids of rows that should not be there, by whichever of the columns repository, revision, path, swhid, content exist."""
    if opt_outs.is_empty or frame.is_empty():
        return []
    return frame.filter(reasons(frame, opt_outs).is_not_null())["id"].to_list()


def opted_out(files: pl.DataFrame, settings: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return {id} of the rows that `violations` names, and an empty ledger."""
    return pl.DataFrame({"id": violations(files, settings)}, schema={"id": pl.String}), ledger.empty()


def _ledger(dropped: pl.DataFrame) -> pl.DataFrame:
    return ledger.entries(dropped, RULE, detail=pl.format("{} {}:{}", "reason", "repository", "path"))


def reasons(frame: pl.DataFrame, opt_outs: OptOuts) -> pl.Series:
    """Return repository, owner, path, swhid, author or null for each row, the first that holds."""
    found: list[pl.Series] = []
    if "repository" in frame.columns:
        found.append(_by_repository(frame["repository"], opt_outs))
    if opt_outs.paths and "path" in frame.columns:
        found.append(_named("path", path_globs.matches(frame, opt_outs.paths)))
    if opt_outs.swhids:
        found.append(_named("swhid", _by_swhid(frame, opt_outs.swhids)))
    if opt_outs.authors and "content" in frame.columns:
        found.append(_named("author", authors.named_in(frame, opt_outs.authors)))
    nothing = pl.Series("reason", [None] * frame.height, dtype=pl.String)
    return pl.select(pl.coalesce(*found, nothing).alias("reason")).to_series()


def _named(reason: str, holds: pl.Series) -> pl.Series:
    return pl.select(pl.when(holds).then(pl.lit(reason))).to_series()


def _by_repository(repositories: pl.Series, opt_outs: OptOuts) -> pl.Series:
    """Decide once for each repository."""
    each = {text: _reason_of(text, opt_outs) for text in repositories.unique().drop_nulls()}
    listed = {text: reason for text, reason in each.items() if reason}
    return repositories.replace_strict(listed, default=None, return_dtype=pl.String)


def _reason_of(repository: str, opt_outs: OptOuts) -> str | None:
    name = repository_names.of_repository(repository)
    if repository_names.is_among(name, _names(opt_outs.repositories)) or swhids.of_origins(repository) & _ids(opt_outs.swhids):
        return "repository"
    owners = _owner_names(opt_outs.owners)
    return "owner" if any(repository_names.is_among(owner, owners) for owner in name.owners) else None


@lru_cache(maxsize=8)
def _names(entries: tuple[str, ...]) -> Listed:
    return repository_names.listed([repository_names.of_repository(entry) for entry in entries])


@lru_cache(maxsize=8)
def _owner_names(entries: tuple[str, ...]) -> Listed:
    return repository_names.listed([repository_names.of_owner(entry) for entry in entries])


@lru_cache(maxsize=8)
def _ids(entries: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(swhids.core, entries))


def is_person(logins: pl.Series, opt_outs: OptOuts) -> pl.Series:
    """Tell which accounts of a host are listed under owners, whose repositories are opted out, or under authors (null: False)."""
    listed = {name.path for name in map(repository_names.of_owner, opt_outs.owners)} | {name.lower() for name in opt_outs.authors}
    return logins.str.to_lowercase().is_in(sorted(listed)).fill_null(False)


def _by_swhid(frame: pl.DataFrame, entries: tuple[str, ...]) -> pl.Series:
    """Tell which rows are a listed content or of a listed commit; bytes without a SWHID are hashed."""
    ids = _ids(entries)
    holds = pl.repeat(False, frame.height, eager=True)
    if "revision" in frame.columns:
        holds |= ("swh:1:rev:" + frame["revision"]).is_in(ids).fill_null(False)
    if "swhid" in frame.columns:
        holds |= frame["swhid"].is_in(ids).fill_null(False)
    if frame.schema.get("content") == pl.Binary:
        known = frame["swhid"].is_not_null() if "swhid" in frame.columns else pl.repeat(False, frame.height, eager=True)
        hashed = [not there and swhids.of_content(data) in ids for data, there in zip(frame["content"], known, strict=True)]
        holds |= pl.Series(hashed, dtype=pl.Boolean)
    return holds


def _explain(path: Path, problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"]) or "the file"
    if problem["type"] == "extra_forbidden":
        return f"{path}: {key}: unknown key. Known keys: {', '.join(sorted(OptOuts.model_fields))}."
    if problem["type"] == "string_type":
        return f"{path}: {key}: not text (found {type(problem['input']).__name__}). Put it in quotes."
    return f"{path}: {key}: {problem['msg'].removeprefix('Value error, ')}."

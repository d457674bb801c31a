"""What several of these tests share."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import polars as pl

from assets.pull_requests.sources import files
from assets.pull_requests.sources.git_refs import PullRefs

NAME = "team/x.y_z"


WHEN = "2024-05-06T07:08:09+0000"


GONE = "e" * 40


ODD = 'odd "ä" name.txt'


class Repository:
    """A bare repository on this machine, and a work tree to fill it from."""

    def __init__(self, folder: Path) -> None:
        self.work, self.bare = folder / "work", folder / "x.git"
        self.git("init", "--quiet", "--initial-branch=trunk", str(self.work), place=False)
        self.git("init", "--quiet", "--bare", "--initial-branch=trunk", str(self.bare), place=False)

    def git(self, *arguments: str, place: bool = True) -> str:
        people = {
            f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "a"), ("EMAIL", "a@b.example"))
        }
        environment = {**os.environ, **people, "GIT_AUTHOR_DATE": WHEN, "GIT_COMMITTER_DATE": WHEN, "GIT_CONFIG_GLOBAL": "/dev/null"}
        where = ["-C", str(self.work)] if place else []
        run = subprocess.run(["git", *where, *arguments], env=environment, capture_output=True, check=True)
        return run.stdout.decode("utf-8", "replace").removesuffix("\n")

    def commit(self, content: dict[str, str | bytes], message: str = "change") -> str:
        for name, text in content.items():
            (self.work / name).write_bytes(text.encode() if isinstance(text, str) else text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def branch(self, start: str) -> None:
        self.git("checkout", "--quiet", "--detach", start)

    def push(self, **refs: str) -> None:
        self.git("push", "--quiet", "--force", str(self.bare), *(f"{sha}:refs/{name.replace('__', '/')}" for name, sha in refs.items()))


def lines(count: int, **changed: str) -> str:
    return "".join(f"{changed.get(f'n{number}', f'line {number}')}\n" for number in range(count))


def comment(number: int, identifier: int, commit: str, **more: Any) -> dict[str, Any]:
    about = {"id": identifier, "path": "a.txt", "diff_hunk": "@@ -1 +1 @@\n-a\n+b", "body": "Why?", "original_commit_id": commit}
    return about | {"html_url": f"https://github.com/{NAME}/pull/{number}#discussion_r{identifier}"} | more


def write(folder: Path, *records: dict[str, Any]) -> pl.DataFrame:
    file = folder / "comments.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return files.list_files([file])[0]


def source(shas: dict[str, Any], **more: Any) -> PullRefs:
    return PullRefs(url=str(shas["repository"].bare), repository=NAME, **more)


def plain(shas: dict[str, Any], *arguments: str) -> str:
    """What git says itself, in the work tree."""
    text: str = shas["repository"].git("diff", "--full-index", *arguments)
    return text + "\n" if text else ""


def by_number(frame: pl.DataFrame) -> dict[int, dict[str, Any]]:
    return {row["pull_number"]: row for row in frame.iter_rows(named=True)}

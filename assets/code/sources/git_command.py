"""The git program: run without ever asking anybody, within a time, and with errors that hold no credentials."""

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE

_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",  # answers with nothing instead of asking
    "SSH_ASKPASS": "true",
    "GCM_INTERACTIVE": "never",
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",  # no ext::, which runs commands
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
_OWN_PLACE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_PREFIX")


class GitError(RuntimeError):
    """git failed, or the repository has not what was asked for; the message names the URL without credentials."""


def run(
    mirror: Path | None, arguments: Sequence[str], repository: str, timeout_s: float, given: bytes = b"", lock: int | None = None
) -> bytes:
    """Run git on `mirror` and return its output; the process never asks for anything and dies with its children at `timeout_s`.

    `lock` is a file descriptor that the process keeps open. Raises GitError, without credentials.
    """
    command = ["git", *([f"--git-dir={mirror}"] if mirror else []), *arguments]
    kept = () if lock is None else (lock,)
    try:
        process = subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_environment(), pass_fds=kept, start_new_session=True)
    except FileNotFoundError as error:
        raise GitError(f"git source {repository}: the program git is not installed") from error
    try:
        output, problem = process.communicate(given, timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git source {repository}: git {arguments[0]} took more than {timeout_s:g} s") from error
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode:
        raise GitError(f"git source {repository}: git {arguments[0]} failed: {_harmless(problem)}")
    return output


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in _OWN_PLACE}
    return {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes", **inherited, **_ENVIRONMENT}


def _harmless(problem: bytes) -> str:
    text = " ".join(problem.decode("utf-8", "replace").split())
    return re.sub(r"(\w+://)[^/\s@']*@", r"\1", text)[-2000:] or "it said nothing"

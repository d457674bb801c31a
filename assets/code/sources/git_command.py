"""The git program: run without ever asking anybody, within a time, and with errors that hold no credentials."""

import fcntl
import os
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE
from typing import IO, NamedTuple

from assets.code.sources import git_credentials

REMOTE = "corpusmith"  # what git calls the URL, which stands in the environment and not on the command line
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",  # answers with nothing instead of asking
    "SSH_ASKPASS": "true",
    "GCM_INTERACTIVE": "never",
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",  # no ext::, which runs commands
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",  # an object is what its name says
    "GIT_NO_LAZY_FETCH": "1",  # what a partial mirror lacks stays away
    "LC_ALL": "C",
}
# A checked repository could be refused for a path that is only a name to us. A host that is silent is given up by curl.
_OPTIONS = (("fetch.fsckObjects", "false"), ("transfer.fsckObjects", "false"), ("gc.auto", "0"), ("http.lowSpeedLimit", "1"))
_OWN_PLACE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_CURL_VERBOSE")
_PIPE_BYTES = 1_048_576  # what Linux lets every user ask for
_MAX_PROBLEM_CHARS = 1000


class GitError(RuntimeError):
    """git failed, or the repository has not what was asked for; the message names the URL without credentials."""

    blames_the_source = True


class GitTimeoutError(GitError):
    """git took too long and was killed."""


class Remote(NamedTuple):
    """The repository elsewhere that a command talks to under the name `REMOTE`."""

    url: str
    silence_s: float
    max_blob_bytes: int | None = None  # larger blobs are left out by hosts that can; -1: all of them


class Answer(NamedTuple):
    """What git said on its two outputs."""

    output: bytes
    messages: str


def run(
    mirror: Path | None,
    arguments: Sequence[str],
    repository: str,
    timeout_s: float,
    given: bytes = b"",
    lock: int | None = None,
    remote: Remote | None = None,
) -> Answer:
    """Run git on `mirror` and return its answer; the process never asks for anything and dies with its children at `timeout_s`.

    `lock` is a file descriptor that the process keeps open. Raises GitError, without credentials.
    """
    environment = _environment(remote)
    process = _start(mirror, arguments, repository, environment, stdin=PIPE, stderr=PIPE, lock=lock)
    try:
        output, problem = process.communicate(given, timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise _too_slow(repository, arguments, timeout_s) from error
    finally:
        if process.returncode is None:
            _kill(process)
            process.communicate()
    messages = _harmless(problem, remote)
    if process.returncode:
        raise _failure(repository, arguments, messages)
    return Answer(output, messages)


@contextmanager
def stream(mirror: Path, arguments: Sequence[str], repository: str, timeout_s: float, given: bytes) -> Iterator[IO[bytes]]:
    """Run git on `mirror` and give its output to be read while git still writes it; `given` is its input.

    A reader that leaves early ends git. Raises GitError (GitTimeoutError after `timeout_s`) once the reader is done.
    """
    with tempfile.TemporaryFile() as request, tempfile.TemporaryFile() as problem:
        request.write(given)
        request.seek(0)
        process = _start(mirror, arguments, repository, _environment(None), stdin=request, stderr=problem)
        output = process.stdout
        assert output is not None
        _widen(output)
        timer = threading.Timer(timeout_s, _kill, [process])
        timer.start()
        try:
            yield output
            late = not timer.is_alive()
            output.close()  # ends a git that has more to say
            process.wait(timeout=timeout_s)
        finally:
            timer.cancel()
            if process.poll() is None:
                _kill(process)
            output.close()
            process.wait()
        if late:
            raise _too_slow(repository, arguments, timeout_s)
        if process.returncode:
            problem.seek(0)
            raise _failure(repository, arguments, _harmless(problem.read(65_536), None))


def _start(
    mirror: Path | None,
    arguments: Sequence[str],
    repository: str,
    environment: Mapping[str, str],
    *,
    stdin: int | IO[bytes],
    stderr: int | IO[bytes],
    lock: int | None = None,
) -> subprocess.Popen[bytes]:
    command = ["git", *([f"--git-dir={mirror}"] if mirror else []), *arguments]
    kept = () if lock is None else (lock,)
    try:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=PIPE,
            stderr=stderr,
            env=environment,
            pass_fds=kept,
            start_new_session=True,
            bufsize=_PIPE_BYTES,
        )
    except FileNotFoundError as error:
        raise GitError(f"git source {repository}: the program git is not installed") from error


def _widen(pipe: IO[bytes]) -> None:
    """Let git write ahead as far as the system lets one pipe grow: its inflating and our work overlap."""
    with suppress(OSError, AttributeError):  # the user's pipes take too much together; a system without such pipes
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)


def _too_slow(repository: str, arguments: Sequence[str], timeout_s: float) -> GitError:
    return GitTimeoutError(f"git source {repository}: git {_name(arguments)} took more than {timeout_s:g} s")


def _name(arguments: Sequence[str]) -> str:
    """Return the command that `arguments` name, after options of git itself (-c name=value)."""
    rest = list(arguments)
    while rest[0] == "-c":
        rest = rest[2:]
    return rest[0]


def _failure(repository: str, arguments: Sequence[str], messages: str) -> GitError:
    return GitError(f"git source {repository}: git {_name(arguments)} failed: {messages or 'it said nothing'}")


def _environment(remote: Remote | None) -> dict[str, str]:
    """Return the environment of a git process: nobody's repository, no tokens but the one of its host, and our options."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _OWN_PLACE and not name.startswith((git_credentials.PREFIX, "GIT_TRACE"))
    }
    secrets, options = git_credentials.handed_over(remote.url, os.environ) if remote else ({}, [])
    options = [*_OPTIONS, *options, *(_remote_options(remote) if remote else [])]
    first = int(inherited.get("GIT_CONFIG_COUNT") or 0)
    numbered = {f"GIT_CONFIG_KEY_{number}": key for number, (key, _) in enumerate(options, first)}
    numbered |= {f"GIT_CONFIG_VALUE_{number}": value for number, (_, value) in enumerate(options, first)}
    ssh = {"GIT_SSH_COMMAND": f"ssh -o BatchMode=yes -o ConnectTimeout={max(1, int(remote.silence_s)) if remote else 60}"}
    return {**ssh, **inherited, **_ENVIRONMENT, **numbered, **secrets, "GIT_CONFIG_COUNT": str(first + len(options))}


def _remote_options(remote: Remote) -> list[tuple[str, str]]:
    options = [(f"remote.{REMOTE}.url", remote.url), ("http.lowSpeedTime", str(max(1, int(remote.silence_s))))]
    if remote.max_blob_bytes is not None:  # stays out of the mirror's own configuration: nothing is ever fetched behind our back
        limit = f"blob:limit={remote.max_blob_bytes + 1}" if remote.max_blob_bytes >= 0 else "blob:none"
        options += [(f"remote.{REMOTE}.promisor", "true"), (f"remote.{REMOTE}.partialCloneFilter", limit)]
    return options


def _harmless(problem: bytes, remote: Remote | None) -> str:
    text = " ".join(problem.decode("utf-8", "replace").split())
    text = git_credentials.redact(text, remote.url if remote else None, os.environ)
    text = re.sub(r"(\w+://)[^/\s@']*@", r"\1", text)
    return "".join(char if char.isprintable() else "?" for char in text)[-_MAX_PROBLEM_CHARS:]

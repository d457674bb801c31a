"""Documents are read in a child process with limits: what crashes it, stalls it or fills its memory costs one document."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from assets.documents import docling_reading
from assets.documents.child import LENGTH
from assets.documents.docling_reading import DoclingSettings
from assets.documents.extractors import ExtractorName
from assets.documents.limits import LimitSettings
from assets.documents.pages import Unavailable
from assets.documents.reading import ReadingSettings

_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 1 << 16
_MAX_ANSWER_BYTES = 1 << 30
_TIMED_OUT = -signal.SIGXCPU
_MAX_START_S = 600.0  # Docling's models take seconds, on a cold disk a minute
_STARTS = 2  # who kills one child (a machine short of memory) may spare the next


class Reader:
    """A child process that is fed documents one after another, and replaced when it dies. Use it in a `with` statement.

    It ends with its parent, however that ends: the end of its input is its end. It gets none of the parent's environment.
    """

    def __init__(
        self,
        reading: ReadingSettings,
        limits: LimitSettings,
        extractor: ExtractorName = "pdfium",
        docling: DoclingSettings = DoclingSettings(),  # noqa: B008  (it is frozen)
    ) -> None:
        """Start nothing yet: the first document does."""
        self.reading = reading
        self.limits = limits
        self.extractor = extractor
        self.docling = docling
        self.version = ""  # package and version of the extractor, when it has been started
        self._child: subprocess.Popen[bytes] | None = None
        self._is_fresh = True

    def read(self, content: bytes) -> dict[str, Any]:
        """Return an Extraction as a dict, or `rule` and `detail` of why there is none.

        Rules besides those of the extractor: timeout, crashed, out_of_memory, failed. A child that dies on a document after it read
        others is not proof against it: the document gets a new one, so what becomes of it does not depend on its neighbours.
        Raises Unavailable when the extractor cannot be started.
        """
        answer = self._try(content)
        if "rule" in answer and answer["rule"] in ("crashed", "out_of_memory") and not self._is_fresh:
            self.close()
            answer = self._try(content)
        self._is_fresh = False
        return answer

    def start(self) -> None:
        """Start a child whose extractor is ready. Raises Unavailable."""
        chosen = {"extractor": self.extractor, "reading": self.reading.model_dump(), "docling": self.docling.model_dump()}
        settings = json.dumps(self.limits.model_dump() | chosen).encode()
        problem = ""
        for _ in range(_STARTS):
            self.close()
            try:
                self._child, self._is_fresh = _start(self._python), True
                ready = json.loads(_exchange(self._child, LENGTH.pack(len(settings)) + settings, _MAX_START_S))
            except TimeoutError:
                problem = f"not ready after {_MAX_START_S:g} s"
            except (EOFError, OSError, ValueError) as error:
                problem = self._obituary()["detail"] if self._child else f"{type(error).__name__}: {self._python}"
            else:
                break
        else:
            self.close()
            raise self._unavailable(f"its process did not get ready ({problem}), as for want of memory or of packages")
        if "unavailable" in ready:
            raise Unavailable(ready["unavailable"])
        self.version = ready["version"]

    @property
    def _python(self) -> str:
        return (self.docling.python if self.extractor == "docling" else None) or sys.executable

    def _unavailable(self, problem: str) -> Unavailable:
        if self.extractor == "docling":
            return docling_reading.unavailable(problem)
        return Unavailable(f"documents.extraction.extractor is pdfium, which cannot be used: {problem}")

    def close(self) -> None:
        """End the child and wait for it."""
        if self._child is None:
            return
        self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None
            pipe.close()
        self._child.wait()
        self._child = None

    def __enter__(self) -> "Reader":
        """Return self."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close."""
        self.close()

    def _try(self, content: bytes) -> dict[str, Any]:
        if self._child is None or self._child.poll() is not None:
            self.start()
        assert self._child is not None
        try:
            answer = _exchange(self._child, LENGTH.pack(len(content)) + content, self.limits.max_wall_s)
            return dict(json.loads(answer))
        except TimeoutError:
            self.close()
            return {"rule": "timeout", "detail": f"{self.limits.max_wall_s:g} s"}
        except (EOFError, OSError, ValueError):
            return self._obituary()

    def _obituary(self) -> dict[str, Any]:
        """Return why the child died, and bury it."""
        assert self._child is not None
        try:
            status = self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            status = 0
        self.close()
        if status == _TIMED_OUT:
            return {"rule": "timeout", "detail": f"{self.limits.max_cpu_s} s of processor time"}
        # PDFium aborts when it gets no memory: that looks like a crash too.
        return {"rule": "crashed", "detail": signal.Signals(-status).name if status < 0 else f"exit status {status}"}


def _start(python: str = sys.executable) -> "subprocess.Popen[bytes]":
    child = subprocess.Popen(
        [python, "-m", "assets.documents.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd=_ROOT,
        # No secret of the parent's; and nothing is downloaded.
        env={"PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "HF_HUB_OFFLINE": "1"},
    )
    assert child.stdin and child.stdout
    os.set_blocking(child.stdin.fileno(), False)
    os.set_blocking(child.stdout.fileno(), False)
    return child


def _exchange(child: "subprocess.Popen[bytes]", request: bytes, max_wall_s: float) -> bytes:
    """Send `request` and return the answer. Raises TimeoutError, EOFError when the child ended, ValueError for an answer without end."""
    assert child.stdin and child.stdout
    deadline = time.monotonic() + max_wall_s
    left, received = memoryview(request), bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(child.stdout, selectors.EVENT_READ)
        ready.register(child.stdin, selectors.EVENT_WRITE)
        while True:
            for key, _ in ready.select(max(0.0, deadline - time.monotonic())):
                if key.fileobj is child.stdout:
                    received += _some(child.stdout.fileno())
                else:
                    left = left[os.write(child.stdin.fileno(), left[:_CHUNK]) :]
                    if not left:
                        ready.unregister(child.stdin)
            if len(received) >= LENGTH.size:
                size = LENGTH.unpack(received[: LENGTH.size])[0]
                if size > _MAX_ANSWER_BYTES:
                    raise ValueError("an answer that is too long")
                if len(received) >= LENGTH.size + size:
                    return bytes(received[LENGTH.size :])
            if time.monotonic() > deadline:
                raise TimeoutError


def _some(source: int) -> bytes:
    chunk = os.read(source, _CHUNK)
    if not chunk:
        raise EOFError
    return chunk

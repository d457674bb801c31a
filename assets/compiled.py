"""What takes long to compile is kept in `__pycache__`, beside the source that it was made from, as Python keeps its own bytecode."""

from collections.abc import Callable
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from uuid import uuid4

from blake3 import blake3

_DIGEST_BYTES = 32


def kept(source: Path, made_of: str, suffix: str, make: Callable[[], bytes]) -> bytes:
    """Return what `make` returns; it is called only where nothing is kept for `made_of`, or what is kept went bad.

    `made_of` names all that the result depends on: text, versions, processor. Where nothing can be written it is made each time.
    """
    digest = blake3(made_of.encode()).hexdigest(length=8)
    place = Path(cache_from_source(str(source))).with_suffix(f".{digest}{suffix}")
    return _read(place) or _write(place, make())


def _read(place: Path) -> bytes | None:
    """Return what was kept, None when there is nothing or it is not whole: bad machine code would end the process."""
    try:
        data = place.read_bytes()
    except OSError:
        return None
    digest, data = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    return data if digest == blake3(data).digest() else None


def _write(place: Path, data: bytes) -> bytes:
    draft = place.with_name(f"{place.name}.{uuid4().hex}")
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(blake3(data).digest() + data)
        draft.replace(place)
    return data

"""What must be on the disk before something else is done."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Return when a file, or which names a folder holds, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The corpus that everything is measured on: source files of Python, Java, C++ and JavaScript out of packages that anybody can fetch.

`python -m bench.corpus` fetches them from PyPI, npm and Debian into `.bench/archives` and writes `.bench/corpus/files.parquet`
(path, language, content). Of large packages a part is taken, chosen by a hash of the path. Two versions of a package are there on
purpose: near-duplicates are what real corpora are full of.
"""

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from blake3 import blake3

FOLDER = Path(__file__).resolve().parent.parent / ".bench"
ARCHIVES, CORPUS = FOLDER / "archives", FOLDER / "corpus" / "files.parquet"
MAX_FILE_BYTES = 1_048_576
# Package: the share of its files that is taken.
WHEELS = {
    "sympy==1.13.3": 1.0,
    "django==5.1.4": 1.0,
    "django==5.0.9": 1.0,
    "ansible-core==2.18.1": 1.0,
    "sqlalchemy==2.0.36": 1.0,
    "pandas==2.2.3": 1.0,
    "scipy==1.14.1": 0.5,
    "twisted==24.10.0": 1.0,
    "cmeel-boost==1.87.0.1": 0.36,
    "nvidia-cuda-cccl-cu12==12.9.27": 1.0,
}
TARBALLS = {
    "react-native@0.70.15": 1.0,
    "react-native@0.66.5": 1.0,
    "three@0.170.0": 1.0,
    "echarts@5.5.1": 1.0,
    "core-js@3.39.0": 1.0,
    "mathjs@14.0.0": 1.0,
    "eslint@9.16.0": 1.0,
    "webpack@5.97.0": 1.0,
    "ace-builds@1.36.5": 0.3,
    "date-fns@4.1.0": 0.2,
}
DEBIAN = {"openjdk-17-source": 0.25}  # a mirror holds only the current version of a package
_LANGUAGES = {
    **dict.fromkeys(("h", "hh", "hpp", "hxx", "cc", "cpp", "cxx", "cuh"), "C++"),
    **dict.fromkeys(("js", "mjs", "cjs", "jsx"), "JavaScript"),
    "py": "Python",
    "java": "Java",
}


def files() -> pl.DataFrame:
    """Return the corpus: path, language and content (text), sorted by path; built at the first call."""
    if not CORPUS.exists():
        _build()
    return pl.read_parquet(CORPUS)


def _build() -> None:
    ARCHIVES.mkdir(parents=True, exist_ok=True)
    rows = [row for archive, share in _fetch() for row in _sources(archive, share)]
    frame = pl.DataFrame(rows, schema=["path", "language", "content"], orient="row").sort("path")
    CORPUS.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(CORPUS.with_suffix(".partial"))
    CORPUS.with_suffix(".partial").rename(CORPUS)


def _fetch() -> Iterator[tuple[Path, float]]:
    """Fetch what is not there yet and yield each archive with its share."""
    for package, share in WHEELS.items():
        folder = ARCHIVES / package
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder), package]
        yield _archive(folder, pip), share
    for package, share in TARBALLS.items():
        folder = ARCHIVES / package
        yield _archive(folder, ["npm", "pack", "--silent", "--pack-destination", str(folder), package]), share
    for package, share in DEBIAN.items():
        folder = ARCHIVES / package
        _archive(folder, ["apt-get", "download", package])
        if not list(folder.glob("**/src.zip")):
            subprocess.run(["dpkg-deb", "-x", *map(str, folder.glob("*.deb")), str(folder / "unpacked")], check=True)
        yield next(folder.glob("**/src.zip")), share


def _archive(folder: Path, command: list[str]) -> Path:
    if not folder.exists() or not any(folder.iterdir()):
        folder.mkdir(exist_ok=True)
        print(f"fetching {folder.name}", flush=True)
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    return next(iter(sorted(folder.iterdir())))


def _sources(archive: Path, share: float) -> Iterator[tuple[str, str, str]]:
    package = archive.relative_to(ARCHIVES).parts[0]
    for name, data in _members(archive):
        language = _LANGUAGES.get(name.rsplit(".", 1)[-1])
        chosen = int.from_bytes(blake3(name.encode()).digest(length=4)) < share * 2**32
        if language and chosen and 0 < len(data) <= MAX_FILE_BYTES:
            try:
                yield f"{package}/{name}", language, data.decode()
            except UnicodeDecodeError:
                continue


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as opened:
            for entry in opened.infolist():
                if not entry.is_dir():
                    yield entry.filename, opened.read(entry)
        return
    with tarfile.open(archive) as opened:
        for member in opened:
            file = opened.extractfile(member) if member.isfile() else None
            if file is not None:
                yield member.name, file.read()


def main() -> None:
    """Build the corpus and say what it holds."""
    counts = files().group_by("language").agg(files=pl.len(), mb=(pl.col("content").str.len_bytes().sum() / 1e6).round(1)).sort("language")
    for language, count, size in counts.rows():
        print(f"{language:<12}{count:>8,} files{size:>8.1f} MB")
    print(f"{'all':<12}{counts['files'].sum():>8,} files{counts['mb'].sum():>8.1f} MB")


if __name__ == "__main__":
    main()

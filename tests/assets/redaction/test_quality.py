"""The bars of redaction on the labelled corpus, and what real projects are full of that is no secret."""

import random
import string
from collections.abc import Callable
from functools import partial

import polars as pl
import pytest

from assets.redaction.parsing import parses
from assets.redaction.redaction import Redacted, RedactionSettings, redact
from assets.redaction.rulebook import groups
from tests.assets.redaction import labelled

BARS = {"secrets": (0.95, 0.80), "personal_data": (0.98, 0.98)}


def run(samples: list[labelled.Sample]) -> Redacted:
    texts, paths = pl.Series([sample.text for sample in samples]), pl.Series([sample.path for sample in samples])
    return redact(texts, paths, pl.Series([sample.language for sample in samples]), RedactionSettings())


SETS = ("development", "held_out", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


@pytest.mark.parametrize("half", SETS)
def test_precision_and_recall(half: str) -> None:
    samples = labelled.samples(half, 3 if half in SETS[3:] else 6)
    result = run(samples)
    assert result.texts.null_count() == 0
    found: list[list[tuple[str, int, int]]] = [[] for _ in samples]
    for row, name, start, end, _ in result.findings.iter_rows():
        found[row].append((name, start, end))
    for group, (precision, recall) in BARS.items():
        scored = labelled.score(samples, found, group, groups().get)
        assert scored.precision >= precision, (group, scored.false)
        assert scored.recall >= recall, (group, scored.missed)
    for sample, text in zip(samples, result.texts, strict=True):
        assert parses(sample.language, sample.text) is not True or parses(sample.language, text) is True, sample.path


def test_a_redactor_that_finds_nothing_would_fail() -> None:
    samples = labelled.samples("development", 1)
    nothing = labelled.score(samples, [[] for _ in samples], "secrets", groups().get)
    everything = labelled.score(samples, [[("email", 0, 5)] for _ in samples], "personal_data", groups().get)
    assert nothing.recall == 0 and everything.precision < 0.5


Of = Callable[[str, int], str]
HEX, BASE64 = "0123456789abcdef", string.ascii_letters + string.digits + "+/"


def _npm(of: Of) -> str:
    place = '"resolved": "https://registry.example.org/p/-/p-1.2.3.tgz", "integrity": "sha512-'
    rows = [f'"node_modules/p{row}": {{"version": "{row}.4.17-beta.1", {place}{of(BASE64, 86)}=="}}' for row in range(300)]
    return '{"lockfileVersion": 3, "packages": {\n' + ",\n".join(rows) + "\n}}"


def _yarn(of: Of) -> str:
    place = '  version "1.2.3"\n  resolved "https://registry.example.org/p/-/p-1.2.3.tgz#'
    rows = [f'"@s/p{row}@^1.2.3", p@npm:p@4.17.21:\n{place}{of(HEX, 40)}"\n  integrity sha512-{of(BASE64, 86)}==\n' for row in range(300)]
    return "\n".join(rows)


def _poetry(of: Of) -> str:
    wheel = 'files = [\n    {file = "p-1.2.3.4-py3-none-any.whl", hash = "sha256:'
    return "\n".join(f'[[package]]\nname = "p"\nversion = "1.{row}.0.4"\n{wheel}{of(HEX, 64)}"}},\n]\n' for row in range(300))


def _cargo(of: Of) -> str:
    return "\n".join(f'[[package]]\nname = "token{row}"\nversion = "0.{row}.1"\nchecksum = "{of(HEX, 64)}"\n' for row in range(300))


def _go(of: Of) -> str:
    return "\n".join(f"github.com/o/p{row} v0.0.0-20210220033148-5ea612d1eb83/go.mod h1:{of(BASE64, 43)}=" for row in range(300))


def _sums(of: Of) -> str:
    return "\n".join(f"{of(HEX, size)}  dist/p-{row}.10.0.2.tgz" for row in range(150) for size in (32, 40, 64, 128))


def _versions(of: Of) -> str:
    digit = partial(of, "123456789")
    rows = [f"| p{row} | {digit(1)}.{digit(1)}.{digit(2)}.{digit(1)} | 1{row}.0.{row}.{digit(2)} |" for row in range(200)]
    return "| package | version | release |\n|---|---|---|\n" + "\n".join(rows)


def _identifiers(of: Of) -> str:
    uuid = [f"{of(HEX, 8)}-{of(HEX, 4)}-4{of(HEX, 3)}-a{of(HEX, 3)}-{of(HEX, 12)}" for _ in range(300)]
    return "token_id,snowflake,score\n" + "\n".join(f"{name},{of('123456789', 19)},0.{of(string.digits, 16)}" for name in uuid)


LISTINGS = [
    (_npm, "JSON"),
    (_yarn, None),
    (_poetry, "TOML"),
    (_cargo, "TOML"),
    (_go, None),
    (_sums, "Text"),
    (_versions, "Markdown"),
    (_identifiers, None),
]


def listings() -> dict[str, str]:
    """Return name -> text of what is full of hashes and versions and holds nothing to redact."""
    source = random.Random(7)
    return {make.__name__: make(lambda alphabet, length: "".join(source.choices(alphabet, k=length))) for make, _ in LISTINGS}


@pytest.mark.parametrize(("make", "language"), LISTINGS)
def test_nothing_is_found_in_lock_files_hash_lists_and_version_tables(make: Callable[..., str], language: str | None) -> None:
    text = listings()[make.__name__]
    found = redact(pl.Series([text]), pl.Series(["r"]), pl.Series([language], dtype=pl.String), RedactionSettings()).findings
    assert found.is_empty(), [text[start:end] for start, end in found.select("start", "end").rows()]

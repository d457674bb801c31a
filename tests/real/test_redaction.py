"""Redaction on texts that others wrote: the labelled samples of Presidio, and the packages that are installed here."""

import json
import random
import sysconfig
from pathlib import Path

import polars as pl
import pytest

from assets.redaction import residual
from assets.redaction.parsing import parses
from assets.redaction.redaction import RedactionSettings, redact

PRESIDIO = Path(__file__).resolve().parents[3] / "shared" / "data" / "pii" / "presidio" / "generated_small.json"
KINDS = {
    "EMAIL_ADDRESS": "email",
    "IP_ADDRESS": "ipv4",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "payment_card",
    "IBAN_CODE": "iban",
    "US_SSN": "us_ssn",
}
EXTENSIONS = {".py": "Python", ".h": "C++", ".hpp": "C++", ".js": "JavaScript"}


@pytest.mark.skipif(not PRESIDIO.exists(), reason="needs the shared data")
def test_presidio() -> None:
    samples = json.loads(PRESIDIO.read_text(encoding="utf-8"))
    texts = pl.Series([sample["full_text"] for sample in samples])
    found = redact(texts, pl.Series(["r"] * len(samples)), None, RedactionSettings()).findings
    labels = {
        (row, span["start_position"], span["end_position"])
        for row, sample in enumerate(samples)
        for span in sample["spans"]
        if span["entity_type"] in KINDS
    }
    places = [(row, start, end) for row, start, end in found.filter(pl.col("class") != "person_name").select("row", "start", "end").rows()]
    hit = [label for label in labels if any(row == label[0] and start <= label[1] and label[2] <= end for row, start, end in places)]
    right = [place for place in places if any(row == place[0] and start < place[2] and place[1] < end for row, start, end in labels)]
    assert len(labels) - len(hit) <= 1, sorted(labels - set(hit))  # one label is wrong
    assert len(right) >= 0.95 * len(places), [texts[row][start:end] for row, start, end in set(places) - set(right)]


def test_installed_packages_still_parse() -> None:
    folder = Path(sysconfig.get_paths()["purelib"])
    packages = ("pip", "numpy", "django", "dill", "gitdb", "nltk", "phonenumbers", "requests", "matplotlib", "pyarrow", "scipy")
    files = sorted(
        file for name in packages for file in (folder / name).rglob("*") if file.suffix in EXTENSIONS and file.stat().st_size < 50_000
    )
    chosen = random.Random(3).sample(files, min(300, len(files)))
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in chosen]
    languages = pl.Series([EXTENSIONS[file.suffix] for file in chosen])
    result = redact(pl.Series(texts), pl.Series(["r"] * len(texts)), languages, RedactionSettings())
    assert result.texts.null_count() == 0 and result.findings.height > 10
    for row in result.findings["row"].unique():
        assert parses(languages[row], texts[row]) is not True or parses(languages[row], result.texts[row]) is True, chosen[row]
    frame = pl.DataFrame({"id": [str(file) for file in chosen], "content": result.texts, "language": languages})
    assert residual.residual(frame, RedactionSettings())[0].rows() == []

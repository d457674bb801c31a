"""The dataset card (README.md) of an export, as Hugging Face reads it: YAML with the files of each split and the types of the columns.

Keys: https://github.com/huggingface/hub-docs/blob/main/datasetcard.md. With the types in the card, `datasets.load_dataset(folder)` does
not guess them from the first rows, which goes wrong where those have no tools, no history or no language.
"""

from typing import Any

import yaml

from assets.corpus.exports.formats import Feature
from assets.corpus.exports.manifest import Manifest

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"))
_ABOUT = (
    "Chats to fine-tune a code model on: questions and answers about code and documents, code reviews, and conversations with tools. "
    "Made by Corpusmith: secrets and personal data redacted, near-duplicates removed, split by group so that no repository, pull request, "
    "document or conversation is in two splits. Every row has an id, by which it leads back to its sources."
)


def card(manifest: Manifest, features: list[Feature]) -> str:
    """Return the README.md of an export."""
    front = yaml.safe_dump(_front(manifest, features), sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n\n" + "\n\n".join(_sections(manifest)) + "\n"


def _front(manifest: Manifest, features: list[Feature]) -> dict[str, Any]:
    files: dict[str, list[str]] = {}
    for file in manifest.files:
        if file.split and not file.name.endswith(".ids.txt"):
            files.setdefault(file.split, []).append(file.name)
    splits = [{"name": split, "num_examples": manifest.splits[split].rows} for split in files]
    return {
        "pretty_name": f"{manifest.dataset} {manifest.snapshot}",
        **_license(list(manifest.total("licenses"))),
        "task_categories": ["text-generation"],
        "tags": ["chat", "code", "instruction-tuning"],
        "size_categories": [next((name for limit, name in _SIZES if manifest.rows < limit), "n>10M")],
        "configs": [{"config_name": "default", "data_files": [{"split": split, "path": names} for split, names in files.items()]}],
        "dataset_info": {"config_name": "default", "features": features, "splits": splits},
    }  # fmt: skip


def _license(found: list[str]) -> dict[str, Any]:
    """Return the card's licence: the one that all rows have, as the Hub writes it; else "other", which the card then details."""
    if len(found) == 1 and " " not in found[0] and found[0] != "unknown":
        return {"license": found[0].lower()}
    return {"license": "other", "license_name": "several", "license_details": ", ".join(found) or "no rows"}


def _sections(manifest: Manifest) -> list[str]:
    sections = [
        f"# {manifest.dataset}, snapshot {manifest.snapshot}, as {manifest.format}",
        _ABOUT,
        f"Read with {manifest.read_with}",
        "## Splits\n\n" + _table("split", ["rows", "left out"], {
            split: [counts.rows, sum(counts.left_out.values())] for split, counts in manifest.splits.items()
        }),
    ]  # fmt: skip
    for title, what in (("Left out", "left_out"), ("Altered", "altered"), ("Noted", "noted")):
        if found := manifest.total(what):
            sections.append(f"## {title}\n\n" + _table("reason", ["rows"], {name: [count] for name, count in found.items()}))
    for title, what in (("Sources", "sources"), ("Languages", "languages"), ("Licences", "licenses")):
        sections.append(f"## {title}\n\n" + _table(what, ["rows"], {name: [count] for name, count in manifest.total(what).items()}))
    return sections


def _table(name: str, columns: list[str], rows: dict[str, list[int]]) -> str:
    lines = [f"| {name} | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {_cell(row)} | {' | '.join(f'{value:,}' for value in values)} |" for row, values in rows.items()]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())

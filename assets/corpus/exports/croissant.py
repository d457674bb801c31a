"""Croissant 1.0 metadata (ML Commons) of a Parquet export: its files with their hashes, its splits, its columns.

Specification: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html. It wants a publication date; the same snapshot must make
the same bytes whenever it is exported, so there is none: set `datePublished` when you publish.
"""

import json
from typing import Any

from assets.corpus.exports.formats import Feature
from assets.corpus.exports.manifest import Manifest

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
_TYPES = {"string": "sc:Text", "float64": "sc:Float", "int64": "sc:Integer"}
_SPLIT_TYPES = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
_CROISSANT_TERMS = (
    "citeAs column equivalentProperty extract field fileProperty fileObject fileSet format includes isLiveDataset jsonPath key md5 "
    "parentField path recordSet references regex repeated replace samplingRate separator source subField transform"
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{term: f"cr:{term}" for term in _CROISSANT_TERMS.split()},
}
_FILES = "parquet-files"


def metadata(manifest: Manifest, features: list[Feature]) -> str:
    """Return the text of croissant.json."""
    objects = [
        {
            "@type": "cr:FileObject", "@id": file.name, "name": file.name, "contentUrl": file.name,
            "contentSize": f"{file.bytes} B", "encodingFormat": "application/x-parquet", "sha256": file.sha256,
        }
        for file in manifest.files if file.split
    ]  # fmt: skip
    file_set = {
        "@type": "cr:FileSet", "@id": _FILES, "name": _FILES, "encodingFormat": "application/x-parquet", "includes": "data/*.parquet",
    }  # fmt: skip
    described = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": f"{manifest.dataset}-{manifest.snapshot}",
        "description": "Chats to fine-tune a code model on, with their splits, sources and licences. See README.md.",
        "license": list(manifest.total("licenses")) or ["unknown"],
        "url": f"urn:corpusmith:{manifest.dataset}:{manifest.snapshot}",
        "version": f"{manifest.format_version}.0.0",
        "creator": {"@type": "sc:Organization", "name": "Corpusmith"},
        "distribution": [*objects, file_set],
        "recordSet": [_splits(manifest), _chats(features)],
    }
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


def _splits(manifest: Manifest) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet", "@id": "splits", "name": "splits", "dataType": "cr:Split", "key": {"@id": "splits/name"},
        "field": [
            {"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": "sc:Text"},
            {"@type": "cr:Field", "@id": "splits/url", "name": "url", "dataType": ["sc:URL", "cr:Split"]},
        ],
        "data": [{"splits/name": split, "splits/url": _SPLIT_TYPES[split]} for split in manifest.splits],
    }  # fmt: skip


def _chats(features: list[Feature]) -> dict[str, Any]:
    in_path = {"extract": {"fileProperty": "fullpath"}, "transform": {"regex": r".*/([a-z]+)-[0-9]+-of-.*"}}
    named = {
        **_field("split", "sc:Text"),
        "source": {"fileSet": {"@id": _FILES}, **in_path},
        "references": {"field": {"@id": "splits/name"}},
    }
    return {
        "@type": "cr:RecordSet", "@id": "chats", "name": "chats", "key": {"@id": "chats/id"},
        "field": [named, *(_column(feature) for feature in features)],
    }  # fmt: skip


def _field(name: str, data_type: str) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": f"chats/{name}", "name": name, "dataType": data_type}


def _column(feature: Feature) -> dict[str, Any]:
    source = {"fileSet": {"@id": _FILES}, "extract": {"column": feature["name"]}}
    if "list" not in feature:
        return {**_field(feature["name"], _TYPES[feature["dtype"]]), "source": source}
    if isinstance(feature["list"], str):
        return {**_field(feature["name"], _TYPES[feature["list"]]), "repeated": True, "source": source}
    inner = [
        {
            **_field(f"{feature['name']}/{part['name']}", _TYPES[part["dtype"]]),
            "source": {**source, "transform": {"jsonPath": part["name"]}},
        }
        for part in feature["list"]
    ]
    return {"@type": "cr:Field", "@id": f"chats/{feature['name']}", "name": feature["name"], "repeated": True, "subField": inner}

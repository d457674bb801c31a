"""The base model's tokenizer as a side input of stages: it counts by its content, wherever the model's folder is."""

import json
from typing import Any

import polars as pl

from assets.corpus.template import rendering
from resources.lake import Lake, Shard, Snapshot

# Those that transformers gives to templates (`PreTrainedTokenizerBase.SPECIAL_TOKENS_ATTRIBUTES`).
_SPECIAL = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")


def side_input(lake: Lake, base_model: Snapshot) -> Shard:
    """Return a shard with the one row `tokenizer_json`."""
    return lake.put(pl.DataFrame({"tokenizer_json": [_read(lake, base_model, "tokenizer.json")]}), "tokenizer")


def template_input(lake: Lake, base_model: Snapshot) -> Shard:
    """Return a shard with the one row `tokenizer_json, chat_template, training_template, special_tokens` (see `rendering.load`).

    Raises ValueError when the model's template is of a family that nobody can mark.
    """
    config = json.loads(_read(lake, base_model, "tokenizer_config.json"))
    special = {name: _content(config[name]) for name in _SPECIAL if config.get(name)}
    names = {part.label for part in base_model.shards}
    own = _read(lake, base_model, "chat_template.jinja") if "chat_template.jinja" in names else _default(config["chat_template"])
    row = {
        "tokenizer_json": _read(lake, base_model, "tokenizer.json"),
        "chat_template": own,
        "training_template": rendering.marked(own, special) or _marked_by_trl(base_model),
        "special_tokens": json.dumps(special),
    }
    return lake.put(pl.DataFrame([row]), "template")


def _marked_by_trl(base_model: Snapshot) -> str:
    # Seconds of imports, and only for a model whose template is not like the default's.
    from transformers import AutoTokenizer

    from assets.model.chat_template import training_template

    return training_template(AutoTokenizer.from_pretrained(base_model.folder))


def _read(lake: Lake, base_model: Snapshot, name: str) -> str:
    (part,) = (shard for shard in base_model.shards if shard.label == name)
    base_model.verify([part])
    return lake.storage.read(part.key).decode()


def _content(token: Any) -> str:
    return str(token["content"] if isinstance(token, dict) else token)


def _default(template: Any) -> str:
    """Return the template of a tokenizer_config.json: a text, or a list of named ones."""
    return str(template) if isinstance(template, str) else next(str(named["template"]) for named in template if named["name"] == "default")

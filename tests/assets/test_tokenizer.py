import json
from pathlib import Path

import polars as pl
import pytest

from assets import tokenizer
from assets.corpus.template import rendering
from resources.lake import Lake, Shard, Snapshot

FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def read(lake: Lake, shard: Shard) -> pl.DataFrame:
    return pl.read_parquet(lake.storage.uri(shard.key))


def published(lake: Lake, source: Path, folder: Path, **changed: str | None) -> Snapshot:
    """Publish a base model of the tokenizer's files alone; a file that is changed to None is left out."""
    folder.mkdir()
    for name in FILES:
        text = changed.get(name.partition(".")[0], (source / name).read_text())
        if text is not None:
            (folder / name).write_text(text)
    draft = lake.draft("base_model")
    lake.put_folder(draft, folder)
    return lake.commit(draft)


def test_template_is_what_transformers_knows(lake: Lake, real_base: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(real_base)
    base = published(lake, real_base, tmp_path / "model")
    found = read(lake, tokenizer.template_input(lake, base))
    assert found.columns == ["tokenizer_json", "chat_template", "training_template", "special_tokens"]
    assert found["chat_template"].item() == theirs.chat_template
    assert json.loads(found["special_tokens"].item()) == theirs.special_tokens_map
    form = rendering.load(found).form
    assert form.is_ours and list(form.controls) == [token.content for token in theirs.added_tokens_decoder.values() if token.special]
    assert read(lake, tokenizer.side_input(lake, base)).equals(found.select("tokenizer_json"))


def test_template_in_the_configuration_is_found(lake: Lake, real_base: Path, tmp_path: Path) -> None:
    own = (real_base / "chat_template.jinja").read_text()
    config = json.loads((real_base / "tokenizer_config.json").read_text())
    named = [{"name": "tool_use", "template": "x"}, {"name": "default", "template": own}]
    changed = json.dumps(config | {"chat_template": named, "bos_token": {"content": "<|im_start|>", "lstrip": False}})
    base = published(lake, real_base, tmp_path / "model", chat_template=None, tokenizer_config=changed)
    found = read(lake, tokenizer.template_input(lake, base))
    assert found["chat_template"].item() == own
    assert json.loads(found["special_tokens"].item())["bos_token"] == "<|im_start|>"


def test_unknown_template_is_refused(lake: Lake, real_base: Path, tmp_path: Path) -> None:
    base = published(lake, real_base, tmp_path / "model", chat_template="{% for m in messages %}[{{ m.content }}]{% endfor %}")
    with pytest.raises(ValueError, match="not of a known family"):
        tokenizer.template_input(lake, base)

"""Published function-calling chats, by the base model's own tokenizer: every call, result and tool is there, and nothing else has loss."""

import json
from pathlib import Path

import polars as pl
import pytest

from assets import passport
from assets.conversations import conversion
from assets.corpus.template import rendering
from assets.corpus.template.contract import TemplateContractSettings, breaking

DATA = Path(__file__).resolve().parents[3] / "shared/data/conversations"
FILES = ("glaive_toolcall_en_demo_first200.json", "glaive_raw_5.jsonl")


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/conversations is not here")
def test_published_chats_keep_the_template_contract(real_base: Path) -> None:
    whole, lines = ((DATA / name).read_text(encoding="utf-8") for name in FILES)
    payloads = [*map(json.dumps, json.loads(whole)), *lines.splitlines()]
    ids = passport.row_ids("raw_conversations", map(str, range(len(payloads))))
    raw = pl.DataFrame({"id": ids, "payload": payloads}).with_columns(source=pl.lit("glaive"), license=pl.lit("Apache-2.0"))
    chats, _ = conversion.to_tool_conversations(raw, conversion.ConversationSettings())
    config = json.loads((real_base / "tokenizer_config.json").read_text())
    special = {name: config[name] for name in ("bos_token", "eos_token", "unk_token", "pad_token")}
    own = (real_base / "chat_template.jinja").read_text()
    row = {"tokenizer_json": (real_base / "tokenizer.json").read_text(), "chat_template": own, "special_tokens": json.dumps(special)}
    template = pl.DataFrame([row | {"training_template": rendering.marked(own, special)}])
    counts = rendering.load(template).count(chats["messages"].to_list(), chats["tools"].to_list())
    counted = {name: [pair[place] for pair in counts] for place, name in enumerate(("n_tokens", "n_answer_tokens"))}
    rows = chats.select("id", "messages", "tools").with_columns(**{name: pl.Series(values) for name, values in counted.items()})
    found, _ = breaking(rows, TemplateContractSettings(max_tokens=4096, transformers_rows=len(payloads)), template)
    assert rows.height == len(payloads) == 205
    assert found.rows() == []

"""Every format read by what people read it with: datasets, and TRL's SFTTrainer, with tiny tokenizers and a tiny random model."""

import copy
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.conversations import formats
from assets.corpus.exports.exporting import Outcome
from assets.corpus.exports.families import FAMILIES
from assets.corpus.exports.formats import PARQUET_FEATURES, ROW_FORMATS
from assets.corpus.exports.settings import FORMATS, FormatName
from tests.assets.corpus.exports.examples import by_id

TEXTS = {"csv": "completion", "alpaca-jsonl": "output", **dict.fromkeys(FAMILIES, "text")}
CONTROLS = {
    "llama3": ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"],
    "mistral": [
        "<s>",
        "</s>",
        "[INST]",
        "[/INST]",
        "[AVAILABLE_TOOLS]",
        "[/AVAILABLE_TOOLS]",
        "[TOOL_CALLS]",
        "[TOOL_RESULTS]",
        "[/TOOL_RESULTS]",
    ],
    "gemma": ["<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"],
    "chatml": ["<|endoftext|>", "<|im_end|>", "<|im_start|>"],
}


def loaded(outcome: Outcome, cache: Path) -> Any:
    import datasets

    return datasets.load_dataset(str(outcome.folder), cache_dir=str(cache))


@pytest.mark.parametrize("name", FORMATS)
def test_datasets_reads_what_was_written(name: FormatName, exported: dict[str, Outcome], rows: pl.DataFrame, tmp_path: Path) -> None:
    import datasets

    found = loaded(exported[name], tmp_path)
    manifest = exported[name].manifest
    assert {split: part.num_rows for split, part in found.items()} == {
        split: counts.rows for split, counts in manifest.splits.items() if counts.rows
    }
    features = PARQUET_FEATURES if name == "parquet" else ROW_FORMATS[name].features
    assert found["train"].features == datasets.Features._from_yaml_list(copy.deepcopy(features))
    conversations = by_id(rows)
    known = (exported[name].folder / "train.ids.txt").read_text().split() if name == "openai-jsonl" else found["train"]["id"]
    assert sorted(known) == list(known) and len(set(known)) == len(known)
    for row, conversation in zip(found["train"], [conversations[id] for id in known], strict=True):
        if name in TEXTS:
            answer = conversation.messages[-1].content or ""
            text = row[TEXTS[name]]
            assert text == answer or (name in FAMILIES and (answer.strip() in text or "\u200b" in text))
        elif name in ("openai-jsonl", "sharegpt-jsonl"):
            assert formats.read(row)[1] == conversation
        elif name == "chatml-jsonl":
            assert json.loads(row["tools"]) == list(conversation.tools)
            said = [[call["function"]["arguments"] for call in message.get("tool_calls", [])] for message in row["messages"]]
            assert said == [[call.arguments for call in message.calls] for message in conversation.messages]
        else:
            assert [message["content"] for message in row["messages"]] == [message.content for message in conversation.messages]


def tokenizer(controls: list[str], template: str | None = None) -> Any:
    """Return a byte-level tokenizer that knows control tokens and puts the first of them before every text, as the families' do."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    alphabet = {symbol: number for number, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    made = Tokenizer(models.BPE(vocab=alphabet, merges=[]))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    made.add_special_tokens(controls)
    first = (controls[0], made.token_to_id(controls[0]))
    made.post_processor = processors.TemplateProcessing(single=f"{controls[0]} $A", special_tokens=[first])
    fast = PreTrainedTokenizerFast(tokenizer_object=made, bos_token=controls[0], eos_token=controls[1], pad_token=controls[0])
    fast.chat_template = template
    return fast


def prepared(dataset: Any, tokens: Any, folder: Path) -> Any:
    """Return TRL's trainer with the dataset as it would train on it."""
    import trl
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "num_key_value_heads": 1}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokens), **sizes))
    given = trl.SFTConfig(
        output_dir=str(folder), max_steps=1, per_device_train_batch_size=2, max_length=None, use_cpu=True, bf16=False, report_to=[],
        save_strategy="no", disable_tqdm=True, gradient_checkpointing=False,
    )  # fmt: skip
    return trl.SFTTrainer(model=model, args=given, train_dataset=dataset, processing_class=tokens)


@pytest.mark.parametrize("name", FAMILIES)
def test_trl_reads_the_texts_with_one_first_token_and_no_token_from_a_text(name: str, exported: dict[str, Outcome], tmp_path: Path) -> None:
    dataset = loaded(exported[name], tmp_path / "cache")["train"]
    tokens = tokenizer(CONTROLS[name])
    controls = set(tokens.all_special_ids) | set(tokens.get_added_vocab().values())
    for ids, text in zip(prepared(dataset, tokens, tmp_path / "run").train_dataset["input_ids"], dataset["text"], strict=True):
        assert ids[0] == tokens.bos_token_id and tokens.bos_token_id not in ids[1:]
        assert tokens.decode(ids) in (tokens.bos_token + text, tokens.bos_token + text + tokens.eos_token)  # TRL ends a text with it
        written = sum(text.count(control) for control in CONTROLS[name])
        assert sum(token in controls for token in ids) - written in (1, 2)


def test_trl_reads_messages_and_tools(exported: dict[str, Outcome], rows: pl.DataFrame, tmp_path: Path) -> None:
    import trl

    template = (Path(trl.__file__).parent / "chat_templates" / "qwen2_5.jinja").read_text()
    dataset = loaded(exported["chatml-jsonl"], tmp_path / "cache")["train"]
    tokens = tokenizer(CONTROLS["chatml"], template)
    trainer = prepared(dataset, tokens, tmp_path / "run")
    assert trainer.train().training_loss > 0
    texts = dict(zip(dataset["id"], map(tokens.decode, trainer.train_dataset["input_ids"]), strict=True))
    for known, conversation in by_id(rows.filter(pl.col("split") == "train")).items():
        for tool in conversation.tools:
            assert json.dumps(tool) in texts[known]
        for call in (call for message in conversation.messages for call in message.calls):
            assert f"<tool_call>\n{json.dumps({'name': call.name, 'arguments': call.arguments})}\n</tool_call>" in texts[known]
        for message in conversation.messages:
            assert (message.content or "") in texts[known]


def test_trl_reads_prompts_and_completions(exported: dict[str, Outcome], tmp_path: Path) -> None:
    dataset = loaded(exported["csv"], tmp_path / "cache")["train"]
    tokens = tokenizer(CONTROLS["chatml"])
    for ids, row in zip(prepared(dataset, tokens, tmp_path / "run").train_dataset["input_ids"], dataset, strict=True):
        assert row["prompt"] in tokens.decode(ids) and row["completion"] in tokens.decode(ids)


@pytest.mark.parametrize("name", ["alpaca-jsonl", "sharegpt-jsonl"])
def test_llama_factory_finds_the_columns(name: str, exported: dict[str, Outcome], rows: pl.DataFrame) -> None:
    """LLaMA-Factory is no light dependency: this follows the keys of its documented dataset_info.json, and its rule of places."""
    folder = exported[name].folder
    info = json.loads((folder / "dataset_info.json").read_text())["train"]
    conversations, columns, tags = by_id(rows), info["columns"], info.get("tags")
    for line in (folder / info["file_name"]).read_text().split("\n")[:-1]:
        row = json.loads(line)
        said = [message.content or "" for message in conversations[row["id"]].messages]
        if not tags:
            turns = [text for pair in row[columns["history"]] for text in pair] + [row[columns["prompt"]], row[columns["response"]]]
            assert [text for text in (row[columns["system"]], *turns) if text] == said
            continue
        turns = [(turn[tags["role_tag"]], turn[tags["content_tag"]]) for turn in row[columns["messages"]]]
        assert {role for role, _ in turns} <= {value for key, value in tags.items() if key not in ("role_tag", "content_tag")}
        assert not row[columns["tools"]] or isinstance(json.loads(row[columns["tools"]]), list)

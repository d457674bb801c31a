"""What must hold in the model line, besides the contracts."""

import json

from assets import gates
from assets.contracts import Audit, Contract, Finding

NEEDED = ("config.json", "model.safetensors", "tokenizer.json")
LOSS_TOLERANCE = 1e-3  # of the validation loss, nats per token: saved and loaded again, the adapter must score the same


def has_all_files(audit: Audit) -> Finding:
    """Configuration, weights, tokenizer and a chat template are there."""
    names = {part.label for part in audit.snapshot.shards}
    weights = [name for name in names if name.endswith(".safetensors")]
    missing = [name for name in NEEDED if name not in names and not (name.endswith(".safetensors") and weights)]
    if "chat_template.jinja" not in names and "chat_template" not in _json(audit, "tokenizer_config.json"):
        missing.append("chat_template.jinja")
    return Finding(not missing, {"missing": missing} if missing else {"files": len(names)})


def loss_is_on_answers_only(audit: Audit) -> Finding:
    """The tokens that carried loss, decoded, are exactly the assistant's answers and their end marks, in every training example."""
    proof = audit.draft.summary["mask_proof"]
    return Finding(proof["n_wrong"] == 0 and proof["n_examples"] > 0, proof)


def adapter_loads(audit: Audit) -> Finding:
    """Loaded from its files onto the base model, the adapter has the validation loss that its checkpoint had."""
    recorded, loaded = audit.draft.summary["best_eval_loss"], audit.draft.summary["reloaded_eval_loss"]
    facts = {"eval_loss": recorded, "eval_loss_when_loaded": loaded, "tolerance": LOSS_TOLERANCE}
    return Finding(abs(recorded - loaded) <= LOSS_TOLERANCE, facts)


def beats_base_model(audit: Audit) -> Finding:
    """The 95 % interval of the difference in combined score, tuned minus base, lies above zero."""
    difference = audit.draft.summary["combined"]
    return Finding(difference["low"] > 0, {name: difference[name] for name in ("base", "tuned", "difference", "low", "high", "n")})


def answers_match_the_baseline(audit: Audit) -> Finding:
    """Base and tuned model answered the same questions, every one of them."""
    report, baseline = audit.snapshot.manifest.rows, audit.parent("baseline_eval").manifest.rows
    return Finding(report == baseline, {"questions": report, "questions_of_the_baseline": baseline})


def _json(audit: Audit, name: str) -> dict[str, object]:
    found = [part for part in audit.snapshot.shards if part.label == name]
    return dict(json.loads(audit.lake.storage.read(found[0].key))) if found else {}


BASE_MODEL = Contract("base_model", None, (has_all_files,))
BASELINE_EVAL = Contract("baseline_eval", "assets.model.schema:BaselineEval", gates.TABLE)
LORA_ADAPTER = Contract("lora_adapter", None, (loss_is_on_answers_only, adapter_loads))
EVAL_REPORT = Contract(
    "eval_report",
    "assets.model.schema:EvalReport",
    (*gates.TABLE, answers_match_the_baseline, beats_base_model),
    warnings=("beats_base_model",),
)

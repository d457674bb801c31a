import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus import fast_tokens, tokens

pytest.importorskip("gigatoken", reason="it has no wheel for this platform, where the tokenizer itself counts")
CODE = "def add(self, value=12_345):\n\treturn self.value + 0x1F  # größer 你好 👍🏽\n\n\n    it's <|im_start|>user\r\n"
FRAGMENTS = ["def", "_", "é", "e\u0301", "你好", "👍🏽", "(", "//", "7", "12", "½", "٣", "Ⅷ", "三", "'s", "'LL", "\u07fd\u07eb"]
FRAGMENTS += [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2028", "\x00", "\x04", "\x07", "\x7f", "\U0010ffff"]
FRAGMENTS += ["<|im_start|>", "<|im_", "|>"]
TEXTS = st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join), st.text(st.characters(exclude_categories=["Cs"])))


def changed(tokenizer: pl.DataFrame, **parts) -> pl.DataFrame:
    return pl.DataFrame({"tokenizer_json": [json.dumps({**json.loads(tokenizer["tokenizer_json"].item()), **parts})]})


@pytest.fixture(scope="module")
def lone_digits(tokenizer) -> pl.DataFrame:
    """As StarCoder's and SmolLM's: digits are split off one by one."""
    digits = {"type": "Digits", "individual_digits": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return changed(tokenizer, pre_tokenizer={"type": "Sequence", "pretokenizers": [digits, byte_level]})


@pytest.fixture(scope="module")
def gaps(tokenizer) -> pl.DataFrame:
    """As SmolLM2's: some bytes have no token, and are dropped."""
    model = json.loads(tokenizer["tokenizer_json"].item())["model"]
    lost = {"Ą", "Ć", "Ð", "ñ"}  # bytes 4, 6, 0xD0 (Cyrillic) and 0xF1
    vocabulary = {entry: place for entry, place in model["vocab"].items() if not lost & set(entry)}
    return changed(tokenizer, model={**model, "vocab": vocabulary})


@pytest.mark.parametrize("kind", ["tokenizer", "lone_digits", "gaps", "smollm2"])
def test_ids_are_the_tokenizers_own(kind, request):
    exact = tokens.load(request.getfixturevalue(kind))
    fast = fast_tokens.of(exact)
    assert fast is not None

    @settings(deadline=None, max_examples=150)
    @given(TEXTS)
    def check(text):
        expected = exact.encode(text, add_special_tokens=False).ids
        ids = fast.ids(text)
        assert ids is None or ids.tolist() == expected
        assert tokens.count([text, CODE, text], exact) == [len(expected), len(exact.encode(CODE, add_special_tokens=False)), len(expected)]

    check()
    assert fast.ids(CODE) is not None and fast.count(CODE) == len(fast.ids(CODE))


def test_what_has_no_token_is_left_to_the_tokenizer(gaps):
    fast = fast_tokens.of(tokens.load(gaps))
    assert fast.ids("plain") is not None and fast.ids("a\x04b") is None and fast.ids("\u0416") is None


def test_marks_and_foreign_digits_are_left_to_the_tokenizer(lone_digits):
    fast = fast_tokens.of(tokens.load(lone_digits))
    assert fast.ids("a12é") is not None and fast.ids("a\x00") is None and fast.ids("½") is None


def test_a_twin_that_differs_is_refused(tokenizer, monkeypatch):
    exact = tokens.load(tokenizer)
    assert fast_tokens.of(exact) is not None
    right = fast_tokens._completed

    def wrong(described):
        completed, *rest = right(described)
        model = completed["model"]
        return {**completed, "model": {**model, "merges": model["merges"][:-20]}}, *rest

    monkeypatch.setattr(fast_tokens, "_completed", wrong)
    assert fast_tokens.of(exact) is None


def test_kinds_that_nobody_speeds_up_are_counted_by_the_tokenizer():
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = Tokenizer(models.WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    assert fast_tokens.of(words) is None
    assert tokens.count(["a b", "", "a a a"], words) == [2, 0, 3]


def test_text_out_of_its_normal_form_is_left_to_the_tokenizer(tokenizer):
    exact = tokens.load(changed(tokenizer, normalizer={"type": "NFC"}))
    fast = fast_tokens.of(exact)
    assert fast is not None and fast.form == "NFC"
    assert fast.ids("é") is not None and fast.ids("e\u0301") is None
    assert tokens.count(["e\u0301"], exact) == tokens.count(["é"], exact)

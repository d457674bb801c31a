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
FRAGMENTS += ["<|im_start|>", "<|im_", "|>", "\x10"]
TEXTS = st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join), st.text(st.characters(exclude_categories=["Cs"])))


NUMBERS = [*"0123456789", "12", "3.4", "²", "½", "٣", "\U00010d41"]  # the last one is a digit since Unicode 16
BLANKS = [*" \n\t\r\x0b\x0c\x1c\x1f\x85\u00a0\u1680\u2003\u2028\u205f\u3000\u200b\ufeff", "  ", "\r\n", "    "]
OTHERS = [*"aZ_é你'\u2019.,-+/(#", "'s", "'re", "x1", "<|im_end|>", "\x10", "\x00", "e\u0301", "👍"]
BLANKS_AND_DIGITS = st.lists(st.one_of(*map(st.sampled_from, (NUMBERS, BLANKS, BLANKS, OTHERS))), max_size=14).map("".join)


def changed(tokenizer: pl.DataFrame, **parts) -> pl.DataFrame:
    return pl.DataFrame({"tokenizer_json": [json.dumps({**json.loads(tokenizer["tokenizer_json"].item()), **parts})]})


def with_digits_apart(tokenizer: pl.DataFrame) -> pl.DataFrame:
    digits = {"type": "Digits", "individual_digits": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return changed(tokenizer, pre_tokenizer={"type": "Sequence", "pretokenizers": [digits, byte_level]})


@pytest.fixture(scope="module")
def lone_digits(tokenizer) -> pl.DataFrame:
    """As StarCoder's and SmolLM's: digits are split off one by one."""
    return with_digits_apart(tokenizer)


@pytest.fixture(scope="module")
def smollm2_as_published(smollm2) -> pl.DataFrame:
    """Its conversion to GGUF loses that digits are split off."""
    return with_digits_apart(smollm2)


@pytest.fixture(scope="module")
def long_numbers(lone_digits) -> pl.DataFrame:
    """The same with tokens of several digits, which digits that are split off never become."""
    model = json.loads(lone_digits["tokenizer_json"].item())["model"]
    merges = [["1", "2"], ["12", "3"], ["Ġ", "1"], ["Ċ", "2"], ["Ġ", "Ġ"], ["ĠĠ", "3"], ["Ċ", "Ċ"], ["ĉ", "Ġ"], ["Ġ", "Â"], ["1", "."]]
    made = {"".join(merge): len(model["vocab"]) + 100 + place for place, merge in enumerate(merges)}
    return changed(lone_digits, model={**model, "vocab": {**made, **model["vocab"]}, "merges": merges + model["merges"]})


@pytest.fixture(scope="module")
def gaps(tokenizer) -> pl.DataFrame:
    """As SmolLM2's: some bytes have no token, and are dropped."""
    model = json.loads(tokenizer["tokenizer_json"].item())["model"]
    lost = {"Ą", "Ć", "Ð", "ñ"}  # bytes 4, 6, 0xD0 (Cyrillic) and 0xF1
    vocabulary = {entry: place for entry, place in model["vocab"].items() if not lost & set(entry)}
    return changed(tokenizer, model={**model, "vocab": vocabulary})


@pytest.mark.parametrize("kind", ["tokenizer", "lone_digits", "long_numbers", "gaps", "smollm2"])
def test_ids_are_the_tokenizers_own(kind, request):
    check_ids(tokens.load(request.getfixturevalue(kind)), TEXTS)


@pytest.mark.parametrize("kind", ["lone_digits", "long_numbers", "smollm2_as_published"])
def test_ids_are_the_tokenizers_own_where_digits_meet_blanks(kind, request):
    check_ids(tokens.load(request.getfixturevalue(kind)), BLANKS_AND_DIGITS)


def check_ids(exact, texts: st.SearchStrategy[str]) -> None:
    fast = fast_tokens.of(exact)
    assert fast is not None

    @settings(deadline=None, max_examples=200)
    @given(st.lists(texts, max_size=4).map(lambda drawn: [*drawn, CODE, *drawn[:1]]))
    def check(batch):
        expected = [exact.encode(text, add_special_tokens=False).ids for text in batch]
        encoded = [text.encode() for text in batch]
        ids = fast.ids(encoded)
        assert all(own is None or own.tolist() == right for own, right in zip(ids, expected, strict=True))
        assert fast.counts(encoded) == [None if own is None else len(own) for own in ids]
        assert tokens.count(batch, exact) == tokens.count_bytes(encoded, exact) == [len(right) for right in expected]

    check()
    assert fast.counts([CODE.encode()]) != [None] and fast.ids([]) == [] == fast.counts([])


def test_what_has_no_token_is_left_to_the_tokenizer(gaps):
    fast = fast_tokens.of(tokens.load(gaps))
    assert [count is None for count in fast.counts([b"plain", b"a\x04b", "\u0416".encode()])] == [False, True, True]


def test_the_mark_and_foreign_digits_are_left_to_the_tokenizer(lone_digits):
    fast = fast_tokens.of(tokens.load(lone_digits))
    assert [count is None for count in fast.counts([text.encode() for text in ("a12é", "a\x10", "½", "三")])] == [False, True, True, False]


def test_marks_stand_only_where_two_blanks_may_be_before_a_digit():
    texts = ["1", "2  3 4\n5", "  ", "6\t 78", "", "é9", "\u3000 0x"]
    marked = fast_tokens._marked([text.encode() for text in texts])
    assert [data.decode() for data in marked] == ["1", "2  \x103 4\n5", "  ", "\x106\t \x1078", "", "é\x109", "\u3000 \x100x"]
    assert fast_tokens._marked([]) == [] and fast_tokens._marked([b""]) == [b""]


@pytest.mark.parametrize("wrong", [lambda encoded: list(encoded), lambda encoded: [data.replace(b" 1", b"\x10 1") for data in encoded]])
def test_digits_without_the_right_marks_are_refused(lone_digits, monkeypatch, wrong, nothing_kept):
    monkeypatch.setattr(fast_tokens, "_marked", wrong)
    assert fast_tokens.of(tokens.load(lone_digits)) is None


@pytest.fixture
def nothing_kept(monkeypatch) -> None:
    """Compare anew."""
    monkeypatch.setattr(fast_tokens.compiled, "kept", lambda source, made_of, suffix, make: make())


def test_the_outcome_of_the_comparison_is_kept(tokenizer, monkeypatch):
    exact = tokens.load(tokenizer)
    first = fast_tokens.of(exact)
    monkeypatch.setattr(fast_tokens, "_probes", None)
    second = fast_tokens.of(exact)
    assert first is not None and second is not None and second.ids([CODE.encode()])[0].tolist() == first.ids([CODE.encode()])[0].tolist()
    assert (first.unsure, first.mark, first.form) == (second.unsure, second.mark, second.form)


def test_the_tokenizer_itself_is_loaded_when_it_is_needed(gaps, monkeypatch):
    counter = tokens.load(gaps)
    assert tokens.count(["plain"], counter) == [len(counter.encode("plain").ids)]
    again, asked = tokens._Deferred(gaps["tokenizer_json"].item()), []
    load_json = tokens.load_json
    monkeypatch.setattr(tokens, "load_json", lambda text: asked.append(text) or load_json(text))
    assert tokens.count(["plain"], again) == tokens.count(["plain"], counter) and asked == []
    assert tokens.count(["a\x04b"], again) == [len(counter.encode("a\x04b").ids)] and asked


def test_a_twin_that_differs_is_refused(tokenizer, monkeypatch, nothing_kept):
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
    assert [count is None for count in fast.counts(["é".encode(), "e\u0301".encode()])] == [False, True]
    assert tokens.count(["e\u0301"], exact) == tokens.count(["é"], exact)

from types import ModuleType, SimpleNamespace

import numpy as np

from assets.corpus.chunks import (
    declared,
    javascript_bindings,
    javascript_declarations,
    javascript_grammar,
    javascript_parser,
    javascript_tokens,
)
from assets.corpus.chunks.javascript_grammar import ACTIONS, BITS, COLUMNS, FIRST_ACTION, FRESH, IS_READ, KEYWORDS, TAKES, grammar


def symbols_of(found: int) -> list[int]:
    """Return the symbols that an entry of the table holds, the first one first."""
    places = range(0, IS_READ.bit_length() - 1, BITS)
    return [symbol for place in places if (symbol := found >> place & (1 << BITS) - 1 if place < 54 else 0)]


def leads_to(rule: int, column: int) -> int:
    """Return the rule that is read first when `rule` has taken nothing, -1 for none."""
    found = int(grammar()[rule * COLUMNS + column])
    left = [symbol for symbol in symbols_of(found) if symbol < FIRST_ACTION] if not found & TAKES else []
    return left[0] if left and left[0] >= FRESH else -1


def test_all_that_is_pushed_is_known() -> None:
    used = {symbol for found in set(grammar().tolist()) for symbol in symbols_of(found)}
    assert {symbol for symbol in used if symbol >= FIRST_ACTION} == {FIRST_ACTION + place for place in range(len(ACTIONS))}
    assert all(symbol * COLUMNS < len(grammar()) for symbol in used if symbol < FIRST_ACTION)


def test_an_alternative_has_room_for_its_symbols() -> None:
    rules = javascript_grammar._rules()
    rests = [parts[parts[:1] == ["+"] :] for name in rules for _, parts in javascript_grammar._alternatives(name, rules)]
    assert max(map(len, rests)) * BITS <= 54 and FRESH + len(rules) <= FIRST_ACTION


def test_a_rule_never_leads_back_to_itself_before_it_takes_anything() -> None:
    for column in range(COLUMNS):
        for rule in range(FRESH, len(grammar()) // COLUMNS):
            seen, at = set(), rule
            while at >= 0:
                assert at not in seen
                seen.add(at)
                at = leads_to(at, column)


def test_the_end_of_the_file_is_never_taken() -> None:
    assert not (grammar().reshape(-1, COLUMNS)[:, [0, FRESH]] & np.uint64(TAKES)).any()


def test_terminals_are_no_keywords() -> None:
    names = ["A_NAME", "PARAMETER", "LABEL", "MODIFIER", "DOUBTFUL", "ASYNC_ARROW", "ARROW", "PARAMETERS"]
    names += ["STEP", "PATTERN", "ELEMENT", "MARK", "TYPES"]
    own = {getattr(javascript_tokens, f"_{name}") for name in names}
    assert len(own) == len(names) and not own & {ord(shape) for _, shape in KEYWORDS}


def are_alike(kernel: ModuleType, names: str, other: ModuleType | SimpleNamespace, prefix: str = "_") -> bool:
    """Tell whether a kernel's own constants are those of the module that they come from."""
    return all(getattr(kernel, prefix + name) == getattr(other, name) for name in names.split())


def test_kernels_use_the_shapes_of_keywords() -> None:
    shapes = {word.upper(): ord(shape) for word, shape in KEYWORDS} | {"OF_TYPE": ord("u")}
    for kernel, words in (
        (javascript_tokens, "ASYNC STATIC LET FROM IMPORT NEW FUNCTION FOR TYPE OPAQUE INTERFACE IMPLEMENTS EXPORT OF_TYPE"),
        (javascript_bindings, "ASYNC EXTENDS EXPORT FUNCTION_WORD CLASS_WORD DEFAULT_WORD IMPORT_WORD"),
    ):
        assert all(getattr(kernel, f"_{word}") == shapes[word.removesuffix("_WORD")] for word in words.split())
    assert all(bytes([ord(shape)]) in javascript_tokens._WORDS for _, shape in KEYWORDS)


def test_kernels_use_the_numbers_of_others() -> None:
    assert are_alike(javascript_parser, "TOKEN_START TOKEN_END COMMENT_START COMMENT_END", javascript_tokens)
    assert are_alike(javascript_bindings, "TOKEN_START TOKEN_END PARTNER", javascript_tokens)
    assert are_alike(javascript_bindings, "START END SCOPE FIRST LAST OPENING LEFT_OUT", javascript_parser)
    assert are_alike(javascript_bindings, "KIND PARENT DOC_START DOC_END FUNCTION METHOD CLASS", declared)
    spans = (("_FROM", "START"), ("_TO", "END"), ("_HEAD_START", "SIGNATURE_START"), ("_HEAD_END", "SIGNATURE_END"))
    assert all(getattr(javascript_bindings, mine) == getattr(declared, its) for mine, its in spans)
    named = [name.removeprefix("@").upper() for name in ACTIONS]
    named[named.index("END")] = "CLOSING"
    assert [getattr(javascript_parser, f"_{name}") for name in named] == list(range(FIRST_ACTION, FIRST_ACTION + len(ACTIONS)))
    assert are_alike(javascript_parser, "BITS COLUMNS FIRST_ACTION", javascript_grammar)
    assert (javascript_parser._FIRST_RULE, javascript_tokens.FRESH, 1 << int(javascript_parser._TAKES)) == (FRESH, FRESH, TAKES)


def test_the_reader_uses_the_numbers_of_its_kernels() -> None:
    reader = javascript_declarations
    assert are_alike(reader, "PADDING", javascript_tokens, "")
    assert are_alike(reader, "START END SCOPE SCOPE_START SCOPE_END OPEN_ROW ROWS SCOPES COMMENTS", javascript_parser, "")
    assert are_alike(reader, "ROW DECLARATION VALUE BOUND DEFAULT NAMELESS STATEMENTS", javascript_bindings, "")

from types import ModuleType, SimpleNamespace

from assets.corpus.chunks import (
    brace_tokens,
    declared,
    javascript_bindings,
    javascript_declarations,
    javascript_parser,
    javascript_terminals,
)
from assets.corpus.chunks.javascript_grammar import ACTIONS, FIRST_RULE, FRESH, KEYWORDS, grammar


def leads_to(rule: int, column: int) -> int:
    """Return the rule that is read first when `rule` has taken nothing, -1 for none."""
    alternatives, bounds, symbols = grammar()
    alternative = alternatives[rule, column]
    first, last = bounds[max(alternative, 0)]
    left = [symbol for symbol in symbols[first:last].tolist() if not FRESH <= symbol < FIRST_RULE]
    return left[0] - FIRST_RULE if left and left[0] >= FIRST_RULE else -1


def test_all_that_is_pushed_is_known() -> None:
    alternatives, bounds, symbols = grammar()
    actions = symbols[(symbols >= FRESH) & (symbols < FIRST_RULE)]
    assert sorted(set(actions.tolist())) == [FRESH + place for place in range(len(ACTIONS))]
    assert symbols.max() < FIRST_RULE + len(alternatives) and symbols.min() > 0
    assert abs(alternatives).max() < len(bounds) and bounds.max() == len(symbols)


def test_a_rule_never_leads_back_to_itself_before_it_takes_anything() -> None:
    rules, columns = grammar().alternatives.shape
    for column in range(columns):
        for rule in range(rules):
            seen, at = set(), rule
            while at >= 0:
                assert at not in seen
                seen.add(at)
                at = leads_to(at, column)


def test_the_end_of_the_file_is_never_taken() -> None:
    assert (grammar().alternatives[:, [0, FRESH]] >= 0).all()


def test_terminals_are_no_keywords() -> None:
    names = ["A_NAME", "PARAMETER", "LABEL", "MODIFIER", "DOUBTFUL", "ASYNC_ARROW", "ARROW", "PARAMETERS", "STEP", "PATTERN"]
    own = {getattr(javascript_terminals, f"_{name}") for name in names}
    assert len(own) == len(names) and not own & {ord(shape) for _, shape in KEYWORDS}


def are_alike(kernel: ModuleType, names: str, other: ModuleType | SimpleNamespace, prefix: str = "_") -> bool:
    """Tell whether a kernel's own constants are those of the module that they come from."""
    return all(getattr(kernel, prefix + name) == getattr(other, name) for name in names.split())


def test_kernels_use_the_shapes_of_keywords() -> None:
    shapes = {word.upper(): ord(shape) for word, shape in KEYWORDS}
    for kernel, words in (
        (javascript_terminals, "ASYNC STATIC LET FROM IMPORT NEW FUNCTION OF FOR"),
        (javascript_bindings, "ASYNC EXTENDS EXPORT FUNCTION_WORD CLASS_WORD DEFAULT_WORD IMPORT_WORD"),
    ):
        assert all(getattr(kernel, f"_{word}") == shapes[word.removesuffix("_WORD")] for word in words.split())


def test_kernels_use_the_numbers_of_others() -> None:
    tokens = SimpleNamespace(**{f"TOKEN_{name}": getattr(brace_tokens, name) for name in ("START", "END")} | vars(brace_tokens))
    assert are_alike(javascript_parser, "TOKEN_START TOKEN_END COMMENT_START COMMENT_END", tokens)
    assert are_alike(javascript_terminals, "TOKEN_START TOKEN_END PARTNER FRESH", tokens)
    assert are_alike(javascript_bindings, "TOKEN_START TOKEN_END PARTNER", tokens)
    assert are_alike(javascript_bindings, "START END SCOPE FIRST LAST OPENING", javascript_parser)
    assert are_alike(javascript_bindings, "KIND PARENT DOC_START DOC_END FUNCTION METHOD CLASS", declared)
    spans = (("_FROM", "START"), ("_TO", "END"), ("_HEAD_START", "SIGNATURE_START"), ("_HEAD_END", "SIGNATURE_END"))
    assert all(getattr(javascript_bindings, mine) == getattr(declared, its) for mine, its in spans)
    named = [name.removeprefix("@").upper().replace("END", "CLOSING") for name in ACTIONS]
    assert [getattr(javascript_parser, f"_{name}") for name in named] == list(range(FRESH, FRESH + len(ACTIONS)))
    assert (javascript_parser._FIRST_RULE, javascript_terminals._FRESH_BIT) == (FIRST_RULE, FRESH)


def test_the_reader_uses_the_numbers_of_its_kernels() -> None:
    reader, tokens = javascript_declarations, SimpleNamespace(TOKEN_START=brace_tokens.START, TOKEN_END=brace_tokens.END)
    assert are_alike(reader, "PADDING", javascript_terminals, "") and are_alike(reader, "TOKEN_START TOKEN_END", tokens, "")
    names = "START END SCOPE LAST SCOPE_START SCOPE_END TOKEN OPEN_ROW ROWS SCOPES COMMENTS"
    assert are_alike(reader, names, javascript_parser, "")
    names = "OUTER ROW DECLARATION NAME_FIRST NAME_LAST STYLE VALUE BOUND DEFAULT NAMELESS STATEMENTS IMPORT"
    assert are_alike(reader, names, javascript_bindings, "")

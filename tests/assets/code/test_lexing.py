import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.code import grammars, lexing

TEXT = {"comment", "line_comment", "block_comment", "string_content", "string_fragment", "multiline_string_fragment", "raw_string_content"}
TEXT |= {"escape_sequence", "character", "html_comment"}
QUOTED = {"string", "string_literal", "raw_string_literal", "template_string", "char_literal", "character_literal"}
EMBEDDED = {"interpolation", "template_substitution", "string_interpolation"}


def texts(language: str, source: str) -> list[str] | None:
    data = source.encode()
    spans = lexing.text_spans(data, language)
    return None if spans is None else [data[start:end].decode() for start, end in spans]


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("Python", 'x = \'a\' + rb"b\\"" # c\n', ["a", 'b\\"', " c"]),
        ("Python", 'def f():\n    """Two\n    "lines"."""\n    return""\'d\'', ['Two\n    "lines".', "d"]),
        ("Python", "f'a{b!r:>{c}}d{{e}}' f'{g[\"h\"]}' f'{i['j']}'", ["a", "d{{e}}", "h", "j"]),
        ("Python", 'f"""a{\n b[{\n1: 2}]}c{f"{d}" +\n3}"""', ["a", "c"]),
        ("Python", "f'\\N{DASH}a{b:#x}' rf'\\{c}d'", ["\\N{DASH}a", "\\", "d"]),
        ("Java", 'char c = \'"\'; String s = "a\\"b"; // c\n/* d */', ['"', 'a\\"b', " c", " d "]),
        ("Java", 's = """\n  a "b" c\\"""\n  """;', ['\n  a "b" c\\"""\n  ']),
        ("C++", "int i = 1'000; auto s = u8R\"x(a)\"b)x\"; char c = L'\\''; // d \\\n e", ['a)"b', "\\'", " d \\\n e"]),
        ("C++", "#include <it's> // a\n#error don't\n#define S \"b\"\n", [" a", "b"]),
        ("JavaScript", "x = a / b / c; y = /'[/]\"/g.test('d'); if (z) /'/.exec(`e${'f' + {g: `h`}}i`)", ["d", "e", "f", "h", "i"]),
        ("JavaScript", "a.return / 'b' / c; i++ / 2; // d", ["b", " d"]),
        ("JavaScript", "#!it's\nclass A { #b = 'c' }", ["c"]),
        ("JavaScript", "a = instance / 2 + 'b' / 1; c = instanceId / 2 + 'd' / 1; instanceof /'/", ["b", "d"]),
        ("JavaScript", "a = 1 << 2; a <<= 'b'; c = instanceId < 'd'", ["b", "d"]),
    ],
)
def test_texts_are_found(language: str, source: str, expected: list[str]) -> None:
    assert texts(language, source) == expected


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("Python", "'a\n'"),
        ("Python", "'''a"),
        ("Python", "(]"),
        ("Python", "f'{a:'b'}'"),
        ("Python", "f'{a\n}'"),
        ("Python", "f'''{f\"{a\n}\"}'''"),
        ("Python", "f'''{a:\n}'''"),
        ("Python", "f'''{a # b\n}'''"),
        ("Python", "what? 'a'"),
        ("Python", "# a\rb = 1"),
        ("Java", "'this is not a character'"),
        ("Java", "f('a'"),
        ("Java", "a # 'b'"),
        ("C++", "#error /* don't */"),
        ("C++", 'R"x(a)y"'),
        ("C++", "/* a"),
        ("JavaScript", "x = <a>it's</a>"),
        ("JavaScript", "}\n/'/.test(a)"),
        ("JavaScript", "of /'/ 1"),
        ("JavaScript", "`${a`"),
        ("JavaScript", "// a\u2028b"),
        ("COBOL", "'a'"),
    ],
)
def test_what_is_not_certain_is_left_to_the_parser(language: str, source: str) -> None:
    assert texts(language, source) is None


def is_text(language: str, source: bytes) -> np.ndarray | None:
    """Return which bytes the parser takes for text; None where it finds errors."""
    tree = grammars.parse(language, source)
    if tree is None or tree.root_node.has_error:
        return None
    out, stack = np.zeros(len(source), bool), [tree.root_node]
    while stack:
        node = stack.pop()
        if node.type in TEXT | QUOTED | EMBEDDED | {"preproc_arg"}:
            out[node.start_byte : node.end_byte] = node.type not in EMBEDDED
        stack.extend(reversed(node.children))
    return out


TOKENS = ["'a'", '"b"', "'", '"', "`", "${", "}", "{", "(", ")", "[", "]", "f'", "{c}", "'''", '"""', "/", "//d\n", "/*", "*/", "#e\n"]
TOKENS += ["\\", "\n", " ", "x", "=", "+", ";", ",", ":", "1", "if (x) ", "return ", "R'(", 'R"(', ')"', "++", "<", ">", "u8", ".", "é"]
SOURCES = st.lists(st.sampled_from(TOKENS)).map(lambda tokens: "".join(tokens).encode())


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(grammars.LANGUAGES), st.lists(st.sampled_from(TOKENS), max_size=14).map("".join))
def test_no_code_is_called_text(language: str, source: str) -> None:
    spans = lexing.text_spans(source.encode(), language)
    known = is_text(language, source.encode())
    if spans is None or known is None:
        return
    assert all(known[start:end].all() for start, end in spans)
    assert all(start < end for start, end in spans) and spans == sorted(spans)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(grammars.LANGUAGES), st.binary(max_size=40) | SOURCES)
def test_kernels_stay_within_the_text(language: str, source: bytes) -> None:
    module = "python_lexer" if language == "Python" else "brace_lexer"
    lex = machine_code.load(f"assets.code.{module}").lex
    seen = []
    for around in (b"'", b'"', b"\n", b"/*{(\\", b"a"):
        data = np.frombuffer(around * 8 + source + around * 8, np.uint8)
        kinds, stack, is_sure = np.full(len(data), 9, np.uint8), np.full(24, -1), np.zeros(1, np.int64)
        begin, end = len(around) * 8, len(around) * 8 + len(source)
        kinds[begin:end] = 0
        number = () if language == "Python" else (["Java", "C++", "JavaScript"].index(language) + 1,)
        lex(data[begin:end], kinds[begin:end], *number, stack[8:16], is_sure)
        assert (kinds[:begin] == 9).all() and (kinds[end:] == 9).all()
        assert (stack[:8] == -1).all() and (stack[16:] == -1).all()
        seen.append((is_sure[0], kinds[begin:end].tolist()))
    assert all(one == seen[0] for one in seen)


HOSTILE = ["(", "{", "/*", '"', "`${", 'R"(', "'''", "\\\\", "<", "#if\n", "\\", "'", "/", "f'{", "#include <", "a ", "\n", "'' ", "1'"]


@pytest.mark.parametrize("language", grammars.LANGUAGES)
@pytest.mark.parametrize("token", HOSTILE)
def test_time_is_linear(language: str, token: str) -> None:
    lexing.kinds(b"", language)
    source = token.encode() * (1_000_000 // len(token))
    start = time.process_time()
    lexing.text_spans(source, language)
    assert time.process_time() - start < 2

import re
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.chunks.syntax import parseable

# What the kernel finds, as an expression.
MACRO = re.compile(
    rb"^[ \t]*#.*$"
    rb"|\b(?:class|struct|union)\s+([A-Z][A-Z0-9_]{2,}(?:\([^()\n]*\))?)(?=\s+[A-Za-z_][\w:]*\s*(?:final\s*)?[:{<;])"
    rb"|\b([A-Z][A-Z0-9_]*(?:EXPORT|_API|_DECL|VISIBILITY|_INLINE|NODISCARD|NORETURN|DEPRECATED)\b(?:\([^()\n]*\))?)",
    re.MULTILINE,
)
PARTS = (
    "class |struct\n|union\t|class|ARROW_EXPORT|FOO_API|EXPORT|_API|A_API|LIST|AB|A1_INLINE|x_DECL|FOO_DEPRECATED(1)| |  |"
    "\n|\r\n|\f|Name|final|"
    "finalx|a::b|:|::|{|<|;|,|#|# define |(|)|(x)|(a\n)|int f();|é|_|1|1class|NORETURN"
)


def blanked(match: re.Match[bytes]) -> bytes:
    if match.lastindex is None:
        return match[0]
    start, end = (place - match.start() for place in match.span(match.lastindex))
    return match[0][:start] + b" " * (end - start) + match[0][end:]


@settings(deadline=None, max_examples=400)
@given(st.lists(st.sampled_from(PARTS.split("|")), max_size=14).map("".join))
def test_macros_are_blanked_as_the_expression_says(text: str) -> None:
    assert parseable(text.encode(), "C++") == MACRO.sub(blanked, text.encode())


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_keep_their_length(source: bytes) -> None:
    assert len(parseable(source, "C++")) == len(source)


def test_what_is_seen() -> None:
    source = b"class A_B final : C {\nstruct FOO_API(x) D;\n  # class AAA b {\nFOO_EXPORT int EXPORT;\nstruct LIST list;"
    lines = parseable(source, "C++").split(b"\n")
    assert lines[0] == b"class A_B final : C {".replace(b"A_B", b"   ") and lines[1] == b"struct            D;"
    assert lines[2:] == [b"  # class AAA b {", b"           int EXPORT;", b"struct      list;"]


def test_time_is_linear() -> None:
    for part in (b"class ", b"class AAA ", b"A_API(", b"A", b"struct AAA a:", b" " * 100, b"#", b"class" + b" " * 1000):
        times = []
        for size in (200_000, 800_000):
            source = part * (size // len(part))
            start = time.process_time()
            parseable(source, "C++")
            times.append(time.process_time() - start)
        assert times[1] < 10 * times[0] + 0.2

"""What stands in C++'s files, namespaces and classes, as regular expressions over the shapes of `outline`: a byte for each token.

What stands in round, square or curly brackets is left out of such a text, so that a method reads `aa(){}`; what stands in angle brackets
is not. Nothing here goes back more than over the specifiers before a name: what repeats is possessive.
"""

import re
from functools import cache

import numpy as np
import numpy.typing as npt

from assets.corpus.chunks.outline import Tokens

_LETTERS = {
    "C": "class struct union",
    "E": "enum",
    "N": "namespace",
    "T": "template",
    "U": "using",
    "Y": "typedef",
    "X": "extern",
    "F": "friend",
    "P": "public private protected",
    "A": "static_assert",
    "R": "requires",
    "K": "concept",
    "D": "alignas decltype explicit __attribute__ __attribute __declspec",
    "n": "noexcept throw",
    "v": "override final",
    "o": "operator",
    "w": "new",
    "d": "default delete",
    "s": "static inline virtual const volatile mutable constexpr consteval constinit thread_local register typename",
    "b": "void bool char short int long float double signed unsigned auto",
    "h": "__host__ __device__ __global__ __forceinline__ __forceinline __inline__ __inline __shared__ __constant__ __extension__",
    "j": "function import package def var let fn func impl pub interface abstract",  # names in C++, words of other languages
    "r": "return throw co_return co_yield co_await",
    "e": "else",
    "O": "do",
    "t": "try",
    "c": "catch",
    "i": "if",
    "f": "for while",
    "g": "switch",
    "l": "case",
    "k": "break continue goto asm",
}
KEYWORDS = tuple((word, letter) for letter, words in _LETTERS.items() for word in words.split())
IF, ELSE, END_IF, INCLUDE, OTHER = b"12345"  # shapes of directives
_WORD, _CAPITALS, _DIRECTIVE = b"aM#"
_DIRECTIVES = re.compile(rb"#[ \t]*(?:(if)|(else|elif)\b|(endif)|(include\b))?")
_IS_CAPITAL = np.zeros(256, np.bool_)
_IS_CAPITAL[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")] = True
_MOST_ANGLES = 7  # template arguments in each other


def _arguments() -> str:
    """Return the form of <template arguments>; an arrow is no end of them."""
    form = r"<>"
    for _ in range(_MOST_ANGLES):
        form = rf"<(?:[^<>;1-5{{}}-]++|->?+|\{{\}}|{form})*+>"
    return form


_ARGUMENTS = _arguments()
_A = "[aMj]"  # M, a word in capitals, is most likely a macro
_PATH = rf"(?:::)?+{_A}(?:{_ARGUMENTS})?+(?:::T?{_A}(?:{_ARGUMENTS})?+)*+"
_ATTRIBUTE = r"(?:\[\]|D(?:\(\))?+)"
_MACRO = r"M(?:\(\))?+"
_UNIT = rf"(?:[sbh*&CEX]|M\(\)|{_PATH}(?:::\*)?+|{_ATTRIBUTE}|\.\.\.)"  # of what stands before a name
_MODIFIERS = rf"(?:[sh]|{_MACRO}|{_ATTRIBUTE})*+"
_REQUIRES = rf"(?:R(?:\(\)|!?{_PATH}(?:\(\))?+)(?:(?:&&|\|\|)(?:\(\)|!?{_PATH}))*+)"
_TEMPLATES = rf"(?:T{_ARGUMENTS}(?:{_REQUIRES})?+)*+"
_SIGNS = r"(?:\(\)|\[\]|[wd](?:\[\])?+|\"[aM]?+|<=>|<<=|>>=|->\*?+|<<|>>|&&|\|\||\+\+|--|[-+*/%^&|~!=<>]=?|,)"
_QUALIFIED = rf"(?:::)?+(?:{_A}(?:{_ARGUMENTS})?+::T?)*+"
_NAME = rf"{_QUALIFIED}(?:~?[aj](?:{_ARGUMENTS})?+|~M|o{_SIGNS}(?:{_ARGUMENTS})?+)"
_TAIL = rf"(?:[shv&]|n(?:\(\))?+|{_MACRO}|{_ATTRIBUTE})*+(?:->(?:{_UNIT})++)?+(?:{_MACRO}|v)*+(?:{_REQUIRES})?+"
_COLON = r":(?!:(?!:))"  # `: ::a` has three
_INITIALIZERS = rf"{_COLON}(?:{_PATH}(?:\(\)|\{{\}})(?:\.\.\.)?+,?+)++"
_REST = r"(?:[^;1-5{}NTPUYFXKl]++|\{\}(?!\w)|(?<=:)T)*+"  # of an expression; the brackets are those of lambdas and lists
_DECLARATORS = r"[^;1-5{}CENTPUYFXKl=]*+(?:=(?:[^;1-5{}CENTPUYFXKl]++|\{\}(?!\w))*+)?+"
_BASES = rf"(?:{_COLON}(?:[sP,]|\.\.\.|M\(\)|D\(\)|{_PATH})++)"
_CLASS_HEAD = rf"C(?:{_ATTRIBUTE}|{_MACRO}(?={_A}))*+(?P<class_name>{_PATH})?+v?+(?:{_BASES})?+"
_ENUM_HEAD = rf"(?P<is_enum>E)C?(?:{_ATTRIBUTE}|M(?=a))*+(?P<enum_name>{_PATH})?+(?:{_COLON}(?:[bs]++|{_PATH}))?+"

# Each form ends in an empty group that says which it is.
_PLAIN = (
    r"(?:4++|5++|[123])(?P<directive>)",
    rf"P{_A}?+{_COLON}(?P<label>)",
    rf"s?N(?:\[\])?+(?P<namespace_name>{_A}(?:::s?{_A})*+)?+(?:M|\[\])*+\{{\}}(?P<namespace>)",
    rf'X"(?:\{{\}}(?P<linkage>)|(?!{_PATH}\(\))(?P<linked>))',
    r";(?P<empty>)",
    r"(?:UN?+(?:[^;1-5{}NTPUYFXKlA]++|(?<=:)T)*+|A\(\));(?P<passed>)",
    rf"(?:N{_A}={_PATH}|h?Y(?:{_UNIT}|,|\(\)|\[\])++|X?T(?!<)(?:{_UNIT})++(?:o{_SIGNS})?+(?:\(\))?+s*+);(?P<passed_too>)",
)
_TEMPLATED = (
    r"[^;1-5{}(F]*+F[^;1-5{}]*+(?:;|\{\})(?P<friend>)",
    rf"(?:(?<![>)aMj])Y)?{_MODIFIERS}(?:{_CLASS_HEAD}|{_ENUM_HEAD})\{{\}}(?P<declarators>{_DECLARATORS});(?P<class>)",
    rf"(?:K{_A}=|U){_REST};(?P<alias>)",
    rf"(?=[^;1-5{{}}(]*+\()(?:(?P<function>(?P<specifiers>(?:{_UNIT})*?)(?P<function_name>{_NAME})(?P<parameters>\(\)){_TAIL}"
    rf"(?:;|=[0d];|(?P<initializers>{_INITIALIZERS})?+\{{\}}))"
    rf"|{_MODIFIERS}(?P<conversion_name>(?!::){_QUALIFIED}o(?=[sbaMD:])(?:{_UNIT})++\(\){_TAIL})(?:;|=d;|\{{\}})(?P<conversion>)"
    rf"|(?P<called>(?P<called_specifiers>(?:[shb*&]|{_PATH})*?)(?P<called_name>M)(?P<arguments>\(\))(?:;|=[0d];|\{{\}})))",
    rf"(?:{_UNIT})++(?:{_COLON}[^;1-5{{}}CNTPUYFXKl]*+|[=,]{_REST}|(?<=[\]>aMj])\{{\}}(?=[;,]){_REST}|\(\){_REST})?+;(?P<variable>)",
)
_QUALIFIER = re.compile(rf"{_A}(?:{_ARGUMENTS})?+::".encode())
MACRO = re.compile(_MACRO.encode())
_OTHERS = (rf"{_MACRO}(?P<macro>)", r"(?P<strange>[\x00-\xff])")
_PARAMETER = rf"(?:(?:{_UNIT}|\(\)\(\))++(?:=(?:[^,1-5<>]|{_ARGUMENTS}|<)*+)?+)"
NAMES = {name: f"{name}_name" for name in ("namespace", "class", "function", "conversion", "called")}  # kind -> the group that is its name


_FOREIGN = re.compile(rb"(?:^|[;{}])j[aMj]")
_MOST_MACROS = 32
_MACROS = re.compile(rf"(?:{_MACRO}){{{_MOST_MACROS}}}".encode())


def is_foreign(text: bytes) -> bool:
    """Tell whether a statement in a file begins as in another language; `text` are the shapes of all its tokens."""
    return _FOREIGN.search(text) is not None


def is_plausible(shape: bytes) -> bool:
    """Tell whether what stands side by side may be declarations: none has three words in a row, and lists of macros are something else."""
    return b"aaa" not in shape and (shape.count(_CAPITALS) < _MOST_MACROS or _MACROS.search(shape) is None)


@cache
def item() -> re.Pattern[bytes]:
    """Return the form of what stands in a file, namespace or class. The last group's name says which; of `strange`, that it is none."""
    forms = [*_PLAIN, rf"(?!j{_A}){_TEMPLATES}(?:{'|'.join(_TEMPLATED)})", *_OTHERS]
    return re.compile("|".join(forms).encode())


@cache
def head_of_class() -> re.Pattern[bytes]:
    """Return the form of a class up to its brace."""
    return re.compile(rf"{_CLASS_HEAD}\{{".encode())


@cache
def parameters() -> re.Pattern[bytes]:
    """Return the form of what stands in the brackets of a function's declaration."""
    return re.compile(rf"(?:{_PARAMETER}(?:,{_PARAMETER})*+)?+".encode())


def length_of_qualifier(shape: bytes, start: int) -> int:
    """Return how many tokens the first part of a qualified name takes, with the colons behind it; 0 where there is none."""
    found = _QUALIFIER.match(shape, start)
    return 0 if found is None else found.end() - start


def shapes(tokens: Tokens) -> npt.NDArray[np.uint8]:
    """Return the shape of each token, where that of a directive says what it does and words in capitals have their own."""
    out = np.frombuffer(tokens.shape, np.uint8).copy()
    source, text = tokens.source, np.frombuffer(tokens.source, np.uint8)
    directives = np.flatnonzero(out == _DIRECTIVE)
    found = [_DIRECTIVES.match(source, start) for start in tokens.start[directives].tolist()]
    out[directives] = [b"51234"[(one and one.lastindex) or 0] for one in found]
    words = np.flatnonzero(out == _WORD)
    start, end = tokens.start[words], tokens.end[words]
    sure = _IS_CAPITAL[text[start]] & (end - start >= 4)
    words, start, end = words[sure], start[sure], end[sure]
    sure = _IS_CAPITAL[text[start + 1]] & _IS_CAPITAL[text[(start + end) // 2]] & _IS_CAPITAL[text[end - 2]] & _IS_CAPITAL[text[end - 1]]
    out[words[sure]] = _CAPITALS
    return out

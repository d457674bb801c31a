"""What stands in C++'s files, namespaces and classes, as regular expressions over the shapes of `outline`: a byte for each token.

What stands in round, square or curly brackets is left out of such a text, so that a method reads `aa(){}`; what stands in angle brackets
is not. Nothing here goes back more than over the specifiers before a name: what repeats is possessive.
"""

from functools import cache

from assets.corpus.chunks import cpp_program
from assets.corpus.chunks.cpp_program import Program

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
_CONDITION = rf"(?:\(\)|R(?:\(\))?+\{{\}}|!?{_PATH}(?:\(\))?+)"
_REQUIRES = rf"(?:R{_CONDITION}(?:(?:&&|\|\|){_CONDITION})*+)"
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
_QUALIFIER = rf"{_A}(?:{_ARGUMENTS})?+::"
_OTHERS = (rf"{_MACRO}(?P<macro>)", r"(?P<strange>[\x00-\xff])")
_PARAMETER = rf"(?:(?:{_UNIT}|\(\)\(\))++(?:=(?:[^,1-5<>]|{_ARGUMENTS}|<)*+)?+)"
# What stands in blocks of statements, and in enumerations.
_SIMPLE = r"(?:[^;1-5ifeOgtcl{}]++|\{\})*+;"
_CALLED_BLOCK = r"[aMj]\(\)\{\}(?![;,.(\[|?:=&+\-*/<>])"  # a macro for a loop
_PREFIX = r"(?:is?\(\)|f\(\)|[aM]:(?!:))*+"
_CORE = rf"(?:\{{\}}|t\{{\}}|g\(\)\{{\}}|O(?:\{{\}}|g\(\)\{{\}}|{_SIMPLE})f\(\);|{_CALLED_BLOCK}|{_SIMPLE})"
_STATEMENT = rf"{_PREFIX}{_CORE}(?:e{_PREFIX}{_CORE}|c\(\)\{{\}})*+(?P<statement>)"
_LABEL = r"(?:l(?:[^:;1-5]|::)++|d):(?P<case>)"
_IN_BLOCK = rf"[1-5](?P<directive>)|{_LABEL}|{_STATEMENT}|(?P<strange>[\x00-\xff])"
_IN_ENUM = r"[1-5](?P<directive>)|(?P<empty>,)|[^,1-5]++(?P<statement>)"
# What is read besides, in files that are not made of these forms alone: macros where names, heads and bodies stand.
_NAME_IN_CAPITALS = rf"(?:(?:::)?+(?:{_A}(?:{_ARGUMENTS})?+::)++M|M(?=\(\)(?:{_COLON}|[shn])))"
_FREE_NAME = rf"(?:{_NAME}|{_NAME_IN_CAPITALS}|{_QUALIFIED}\(\)(?=M*+\(\)))"  # as in `int (min)()`
_FREE_BASES = rf"(?:{_COLON}[^;1-5{{}}]*+)?+"
_FREE_HEAD = rf"C(?:{_ATTRIBUTE}|[aM]\(\)(?={_A})|M(?={_A}))*+(?P<class_name>{_PATH}(?:\(\))?+)?+(?:v|{_MACRO})*+{_FREE_BASES}"
_FREE_DECLARATORS = r"(?P<declarators>(?:[^;1-5{}CENTPUYFXK]|\{\})*+);"
_ALIGNED = rf"{_TEMPLATES}[sY]*+(?=C[aM]\(\){_A}){_FREE_HEAD}\{{\}}{_FREE_DECLARATORS}(?P<class>)"  # `struct __align__(16) a {};`
_MACRO_FOR_BODY = r"(?:[sv&]|n(?:\(\))?+)*+M\(\)(?=[aMTsbhPCENFUYX1-5])"
_FREE = (
    rf"M?+s?N(?P<namespace_name>{_A}(?:::s?{_A})*+)?+[^;1-5{{}}]*+\{{\}}(?P<namespace>)",
    r"M\{\}(?P<linkage>)",
    rf"(?:[sYhX]|{_MACRO}|{_ATTRIBUTE})*+(?:{_FREE_HEAD}|{_ENUM_HEAD})\{{\}}{_FREE_DECLARATORS}(?P<class>)",
    rf"(?P<function>(?P<specifiers>(?:{_UNIT}|[v^])*?)(?P<function_name>{_FREE_NAME})M*+(?P<parameters>\(\))"
    rf"(?:{_MACRO_FOR_BODY}|{_TAIL}(?:;|=[0d];|(?P<initializers>{_INITIALIZERS})?+\{{\}})))",
)
_LOST = r"[^P1-5](?:[^;1-5{}P]++|\{\}(?=[-,.()\[\]=>;?*&|+]))*+(?:;|\{\};?+)?+(?P<lost>)"

_KINDS = (
    ("directive",),
    ("label",),
    ("namespace",),
    ("linkage",),
    ("empty",),
    ("linked", "passed", "passed_too", "friend", "alias"),
    ("class",),
    ("function",),
    ("conversion",),
    ("called",),
    ("variable",),
    ("macro",),
    ("strange",),
    ("statement",),
    ("case",),
    ("lost",),
)  # as numbered in `cpp_walk`
_NAMES = ("namespace_name", "class_name", "enum_name", "function_name", "conversion_name", "called_name")
_GROUPS = (("specifiers", "called_specifiers"), ("is_enum",), _NAMES, ("parameters", "arguments"), ("initializers",), ("declarators",))
KINDS = {name: number for number, names in enumerate(_KINDS) for name in names}
SLOTS = {name: 2 * number for number, names in enumerate(_GROUPS) for name in names}


@cache
def program(is_free: bool = False) -> Program:
    """Return the program of `expressions`."""
    return cpp_program.program(expressions(is_free), SLOTS, KINDS)


def expressions(is_free: bool = False) -> list[str]:
    """Return the expressions that `cpp_walk` knows by their places.

    They are what stands in a file, namespace or class; what stands in the brackets of a function's declaration; the first part of a
    qualified name; a class up to its brace; what stands in a block; what stands in an enumeration. A group's name says what a form is:
    of `strange`, that it is none. With `is_free` there are more forms, and `lost` is what is of none, up to where one may begin.
    """
    forms = [*_PLAIN, rf"(?!j{_A}){_TEMPLATES}(?:{'|'.join(_TEMPLATED)})"]
    free = [rf"(?!j{_A}){_TEMPLATES}(?:{'|'.join(_FREE)})"] if is_free else []
    aligned, lost = ([_ALIGNED], [_LOST]) if is_free else ([], [])
    item = "|".join([*aligned, *forms, *free, _OTHERS[0], *lost, _OTHERS[1]])
    parameters = rf"(?:{_PARAMETER}(?:,{_PARAMETER})*+)?+"
    return [item, parameters, _QUALIFIER, rf"{_CLASS_HEAD}\{{", _IN_BLOCK, _IN_ENUM]

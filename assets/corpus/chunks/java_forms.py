"""What stands in Java's files and blocks, as regular expressions over the shapes of `outline`: a byte for each token.

Nothing here backtracks: what repeats is possessive, so that time is linear in the number of tokens.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from assets.corpus.chunks.outline import Tokens

if TYPE_CHECKING:
    import re2

_MODIFIERS = "public private protected abstract final strictfp native transient volatile"
_PRIMITIVES = "boolean byte char short int long float double void"
_LETTERS = (
    "static:s synchronized:Y default:d class:C interface:I enum:N throws:T extends:E implements:i super:S import:m package:k if:f while:w"
    " for:F do:D else:e try:t catch:c finally:y switch:h case:K new:n instanceof:o"
)
_LEAVING = "return throw break continue assert"
_UNUSED = "const goto"  # keywords that no program has
KEYWORDS = tuple(
    [(word, "M") for word in _MODIFIERS.split()]
    + [(word, "P") for word in _PRIMITIVES.split()]
    + [(word, "R") for word in _LEAVING.split()]
    + [(word, "X") for word in _UNUSED.split()]
    + [(pair[:-2], pair[-1]) for pair in _LETTERS.split()]
)
# Words that are keywords in some places only -> the letter that they get there, and what stands before and behind.
_CONTEXTUAL = {b"record": (b"r", rb"(?<!\.)a(?=a[(<])"), b"sealed": (b"z", rb"a(?=[MsCI@])"), b"permits": (b"p", rb"(?<=[a>)\]])a(?=a)")}
_MOST_ANGLES = 8  # type arguments in each other

_NAME = r"a(?:\.a)*+"
_ANNOTATION = rf"@{_NAME}(?:\(\))?+"
_MODIFIED = rf"(?:[MsYd]|{_ANNOTATION})*+"


def _arguments() -> str:
    """Return the form of <type arguments or parameters>."""
    form = "<>"
    for _ in range(_MOST_ANGLES):
        form = rf"<(?:[?ESaP,&.]|{_ANNOTATION}|\[\]|{form})*+>"
    return form


_ARGUMENTS = _arguments()
_TYPE = rf"(?:{_ANNOTATION})*+[aP](?:{_ARGUMENTS}|\.(?:{_ANNOTATION})*+a|(?:{_ANNOTATION})*+\[\])*+"
_TYPES = rf"{_TYPE}(?:,{_TYPE})*+"
_PARAMETERS = rf"(?:{_ARGUMENTS})?+"
_THROWS = rf"(?:T{_TYPES})?+"
_IMPLEMENTS = rf"(?:i{_TYPES})?+"
_VALUE = r"(?:[^;{}MsdTCNEimkfwFDetcyKRX@]++|\{\})*+"  # of a field


# Each form ends in an empty group that says which it is.
_METHOD = rf"{_MODIFIED}{_PARAMETERS}{_TYPE}(?P<method_name>a)\(\){_THROWS}(?:\{{\}}|(?:d{_VALUE})?+;)(?P<method>)"
_CONSTRUCTOR = rf"{_MODIFIED}{_PARAMETERS}(?P<constructor_name>a)\(\){_THROWS}\{{\}}(?P<constructor>)"
_COMPACT = rf"{_MODIFIED}(?P<compact_name>a)\{{\}}(?P<compact>)"  # a record's constructor
_FIELD = rf"{_MODIFIED}{_TYPE}a(?:\[\])*+(?:[=,]{_VALUE})?+;(?P<field>)"
_PACKAGE = rf"(?:{_ANNOTATION})*+k{_NAME};(?P<package>)"
_IMPORT = rf"ms?+{_NAME}(?:\.\*)?+;(?P<imported>)"
_CONSTANT = rf"(?:{_ANNOTATION})*+a(?:\(\))?+(?:\{{\}})?+"  # of an enum
_CONSTANTS = rf"(?:{_CONSTANT}(?:,|(?=[;}}])|\Z))*+(?:;|(?=\}})|\Z)"
_SIMPLE = r"[^;KDefwFtcy]*+;"
_PREFIX = r"(?:[fwF]\(\)|a:(?!:))*+"  # of a statement
_CORE = rf"(?:s?\{{\}}|t(?:\(\))?+\{{\}}|[hY]\(\)\{{\}}|D(?:\{{\}}|{_SIMPLE})w\(\);|{_SIMPLE})"
_STATEMENT = rf"{_PREFIX}{_CORE}(?:e{_PREFIX}{_CORE}|c\(\)\{{\}}|y\{{\}})*+(?P<statement>)"
_COMMON = rf"[^;{{}}KDefwFtcy]++;(?P<common>)|(?=[fwFthD]){_STATEMENT.replace('statement', 'control')}"
_LABEL = r"(?:K(?:[^:;{}-]|-(?!>))*+|d)"
_IN_SWITCH = rf"{_LABEL}->(?:\{{\}}|[^;]*+;)(?P<rule>)|{_LABEL}:(?P<label>)"
CLASSES = frozenset({"class", "enum", "annotation", "record"})
METHODS = frozenset({"method", "constructor", "compact"})
NAMES = {kind: f"{kind}_name" for kind in CLASSES | METHODS}  # kind -> the group that is its name

CONSTANT = re.compile(rf",|{_CONSTANT}".encode())
CONSTANTS = re.compile(_CONSTANTS.encode())


class NotJava(ValueError):
    """A text is not certain to be Java."""


def _classes(body: str, constants: str) -> list[str]:
    return [
        rf"{_MODIFIED}(?:(?:a-)?+z{_MODIFIED})?+[CI](?P<class_name>a){_PARAMETERS}(?:E{_TYPES})?+{_IMPLEMENTS}(?:p{_TYPES})?+{body}(?P<class>)",
        rf"{_MODIFIED}N(?P<enum_name>a){_IMPLEMENTS}{body}{constants}(?P<enum>)",
        rf"{_MODIFIED}@I(?P<annotation_name>a){body}(?P<annotation>)",
        rf"{_MODIFIED}r(?P<record_name>a){_PARAMETERS}\(\){_IMPLEMENTS}{body}(?P<record>)",
    ]


@cache
def member() -> re.Pattern[bytes]:
    """Return what a file and its classes are made of. The name of the last group says which form it is; of `strange`, that it is none.

    Of all brackets, only those around the bodies of visible classes hold something: the form of a class ends where its body begins.
    """
    forms = [_METHOD, _FIELD, _CONSTRUCTOR, _IMPORT, *_classes(r"\{", _CONSTANTS), _PACKAGE, _COMPACT]
    return re.compile("|".join([*forms, r"(?P<empty>;)|(?P<block>s?\{\})|(?P<end>\})|(?P<strange>.)"]).encode(), re.DOTALL)


@cache
def statement() -> re.Pattern[bytes]:
    """Return the form of a statement in a block, or of a member of a class; what most are, and looks alike in both, is tried first."""
    forms = ["(?P<empty>;)", _COMMON, *_classes(r"\{\}", ""), _METHOD, _CONSTRUCTOR, _COMPACT, _STATEMENT, "(?P<strange>.)"]
    return re.compile("|".join(forms).encode(), re.DOTALL)


@cache
def in_switch() -> re.Pattern[bytes]:
    """Return the form of a rule, a label or a statement in a switch."""
    return re.compile(_IN_SWITCH.encode() + b"|" + statement().pattern, re.DOTALL)


def read(source: bytes) -> Tokens | None:
    """Return the tokens of a file; None when it is not certain to be Java."""
    tokens = None if b"\r" in source else Tokens.read(source, "Java", KEYWORDS)
    if tokens is None:
        return None
    for word, (letter, form) in _CONTEXTUAL.items():
        if word in source:
            tokens = tokens._replace(shape=_relettered(tokens, word, letter, form))
    return tokens if _strange().search(tokens.shape) is None and _has_plain_words(tokens) else None


def _relettered(tokens: Tokens, word: bytes, letter: bytes, form: bytes) -> bytes:
    """Return the shape with a letter of its own for `word` where it is a keyword."""
    return re.sub(form, lambda found: letter if tokens.text(found.start()) == word else b"a", tokens.shape)


# Operands without an operator, operators without an operand, keywords without what they need, three words in a row.
_STRANGE = (
    rb'0[0"({@a-zA-Z]|"[0"(\[{@a-np-zA-Z]|a[0"]|\][0"(P]',
    rb'\.[;,=+\-/%&|^!~?:\])}"{]|[=/%&|^!~<][)\]},;]|\*[)\]},]|:[)\],=*/%&|]|,[)\]=:*/%&|^>]',
    rb"\([,*/%=|^&:?>}\]]|;[=*/%&|^>:?,\]]|\{[)\]=*/%&|^>?:]",
    rb"[CIN][^a]|[fwFhc][^(]|t[^({]|y[^{]|E[^a@]|@[^aI]|X",
    rb"[^@.aK]aaa|[@.]aaaa",
)


@cache
def _strange() -> "re2.Pattern":
    """Return the form of what stands side by side in no program; RE2 reads ten times as fast as `re`."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(b"|".join(_STRANGE), options)


def _has_plain_words(tokens: Tokens) -> bool:
    """Tell whether names are of ASCII: which other characters may be in one, and which are blanks, is a long list."""
    if tokens.source.isascii():
        return True
    beyond = np.flatnonzero(np.frombuffer(tokens.source, np.uint8) >= 128)
    places = np.searchsorted(tokens.start, beyond, "right") - 1
    letters = np.frombuffer(tokens.shape, np.uint8)[places]
    return not bool(((places >= 0) & (beyond < tokens.end[places]) & (letters != ord('"'))).any())

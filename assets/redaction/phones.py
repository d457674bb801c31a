"""What a candidate for a telephone number must pass: shape, numbering plans, context."""

import itertools
import re

from assets.redaction.allowlists import is_sequence
from assets.redaction.candidate import Candidate

# What telephones are called in other languages that much source code is commented in.
_PHONE_ABROAD = (
    r"\bt[eé]l[eé]?[fp]h?[oóa]+n|\btél\b|\btlfn?\b|\btfn\b|\bfone\b|\bmobil\w{0,2}\b|\bhandy|durchwahl|\bgsm\b|\bcelular|\bcellulare"
    r"|\bm[oó]vil\b|\bportable\s?:|\bpuhelin|\bkom[oó]rk|\b\u043c\u043e\u0431|\b\u0442\u0435\u043b|电话|電話|手机|手機|携帯|전화|휴대"
)
_PHONE_CONTEXT = re.compile(
    r"(?i)phone|\btel\b|telephone|fax|mobile|\bcell|\bcall|contact|whats.?app|\bsms\b|dial|hotline|\bdesk\b|\boffice\b|reach|\bring\b|\bnumber\b"
    r"|message|\btext\b|voice|helpline|support|\bwa\.me/|besoin|joindre|appel|contatt|kontakt|\u043a\u043e\u043d\u0442\u0430\u043a\u0442|\banruf|\bruf|dzwo\u0144|llam[ae]|chiam|urgenc|notfall"
    rf"|{_PHONE_ABROAD}"
)
_PHONE_NAMED = re.compile(
    rf"(?i)phone|\btel\b|fax|mobile|\bcell\b|call (?:me|us|him|her|them)\b|whats.?app|\bwa\.me/|\bsms\b|dial|{_PHONE_ABROAD}"
)
_NUMBER = re.compile(r"\+?(?:\(?\d{1,15}\)?(?:[ ./-]|(?<=\)) ?|(?=\()|$| (?=\()| [-/] )){1,8}")
_EXTENSION = re.compile(r"\s?(?:x|ext)")
# A number whose name says that it is one of another kind.
_NOT_A_PHONE = re.compile(
    r"(?i)(?<![a-z])(?:zip|postal|nip|regon|pesel|siret|siren|cnpj|cpf|vat|tax|uid|ust|iban|bic|account|routing|postcode|plz|cep|sku|ean|isbn|issn|serial|version|date|price|amount|order|invoice|part|model|article)"
    r"(?:[_ -]?(?:no|nr|num|number|id|code))?[\"']?\s?[:=.#]?\s?[\"']?$"
    r"|(?:case|ticket|tracking|customer|member|reference|policy|booking|document|registration|licen[cs]e|passport|employee|student)"
    r"[_ -]?(?:no|nr|num|number|id)[\"']?\s?[:=.#]?\s?[\"']?$"
    r"|(?-i:[a-z]Id|_id|_ID|[a-z]Count|_count)[\"']?\s?[:=]\s?[\"']?$"
)
# 555-0100 to 555-0199 are given to nobody; the replacements of social security numbers and cards are none either.
_FICTION = re.compile(r"55501\d\d$|^1?555\d{7}$|^9\d{5}000$|^99\d{11,}$")
_SSN_SHAPE = re.compile(r"\d{3}[- ]\d{2}[- ]\d{4}")
_DATE = re.compile(r"(?:19|20)\d\d[-/. ]?[01]\d[-/. ]?[0-3]\d|[0-3]?\d[-/. ][01]?\d[-/. ](?:19|20)\d\d$")
_RANGE = re.compile(r"\d{3,4}-\d{4}")  # pages, years: a number only where a telephone is named
_IN_A_NUMBER = re.compile(r"[:.=/-]\d{0,6}$|0x$")
_GLUED = re.compile(r"\d[:.=/-]{0,2}$|[./-]$|0x$")  # what no international number stands after
_AFTER_PHONE = re.compile(r"(?i)^[ ,(]{1,3}(?:fax|office|mobile|cell|phone|home|work|tel)\b")
_PHONE_LABEL = re.compile(r"(?i)(?:(?:tel|phone|fax|mobile|cell|\bt|\bf|\bm|\bp)[:.=]|\bwa\.me/)$")


def phone(found: Candidate, _: float) -> bool:
    """Say whether `found` is a number that somebody can be called by."""
    number = _EXTENSION.split(found.value)[0]
    digits = re.sub(r"\D", "", number)
    glued = (_GLUED if number.startswith("+") else _IN_A_NUMBER).search(found.before[-8:]) is not None
    if not _could_be_dialled(number, digits) or (glued and not _PHONE_LABEL.search(found.before[-8:])):
        return False
    if _NOT_A_PHONE.search(found.before[-32:]):
        return False
    near = found.before[-48:]
    if _RANGE.fullmatch(number) and not _PHONE_NAMED.search(near):
        return False
    context = _PHONE_CONTEXT.search(found.before[-48:]) is not None or _AFTER_PHONE.search(found.after) is not None
    separated = re.search(r"[ ().-]", number) is not None
    if number.startswith("+"):
        return _dialable(number) and (context or found.prose or separated or _is_assigned(number))
    if not context:
        return separated and not found.code and len(digits) in (10, 11)
    return separated or (len(digits) >= 9 and _PHONE_NAMED.search(re.split(r"[,;{}]", near)[-1]) is not None)


def phone_told(found: Candidate, _: float) -> bool:
    """As `phone` where a word for one goes before, and nothing that is another value between."""
    return _PHONE_CONTEXT.search(found.before[-64:]) is not None and phone(found, 0)


def phone_named(found: Candidate, _: float) -> bool:
    """As `phone` where a name or an address says that it is one: any grouping will do, but a few digits alone are a count."""
    digits = re.sub(r"\D", "", found.value)
    if not 8 <= len(digits) <= 15 or not _could_be_dialled(found.value, digits) or _RANGE.fullmatch(found.value):
        return False
    return digits != found.value or len(digits) >= 9


def phone_beside(found: Candidate, _: float) -> bool:
    """As `phone` where a mail address or an international number goes before: that is context enough for a national one."""
    number = _EXTENSION.split(found.value)[0]
    digits = re.sub(r"\D", "", number)
    national = number[0] in "0(" or re.search(r"[ ().-]", number) is not None
    return len(digits) >= 8 and _could_be_dialled(number, digits) and (_is_assigned(number) if number[0] == "+" else national)


def phone_in_pairs(found: Candidate, _: float) -> bool:
    """Five pairs of digits that begin with 0, alone in a string, a field or an element, or in prose: how a number is written in France."""
    pairs = re.findall(r"\d\d", found.value)
    if len({int(right) - int(left) for left, right in itertools.pairwise(pairs)}) == 1:  # 01 03 05 07 09
        return False
    told = _is_alone(found) or (found.value[2] == " " and (found.prose or _PHONE_CONTEXT.search(found.before[-48:]) is not None))
    return told and _could_be_dialled(found.value, "".join(pairs))


def phone_national(found: Candidate, _: float) -> bool:
    """A number in groups, with its trunk prefix or its area code in brackets: in source code where it is all of a string."""
    digits = re.sub(r"\D", "", found.value)
    if not 9 <= len(digits) <= 12 or _NOT_A_PHONE.search(found.before[-32:]) or re.search(r"(?:\d[ ,]?|[A-Z]{4} )$", found.before):
        return False
    return (not found.code or _is_alone(found)) and _could_be_dialled(found.value, digits)


def _is_alone(found: Candidate) -> bool:
    """Say whether nothing else is in the string, the field of a row or the element."""
    return re.search(r"(?:^|[\"'`;,|>\t:]\s?)$", found.before) is not None and re.match(r"\s?(?:$|[\"'`;,|<\t\n])", found.after) is not None


def _could_be_dialled(number: str, digits: str) -> bool:
    """Say whether a number has the length and the shape of a telephone's and is no date, address, decimal, count or fiction."""
    if (
        not 7 <= len(digits) <= (15 if number.startswith("+") else 13)
        or not _NUMBER.fullmatch(number)
        or _FICTION.search(digits)
        or _DATE.match(number)
        or _SSN_SHAPE.fullmatch(number)
        or number.count("(") != number.count(")")
    ):
        return False
    return not (
        is_sequence(digits)
        or _is_progression(number)
        or len(set(digits)) < 3
        or re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?|\d+\.\d+|(?!0\d{2,4}/\d{5,8}$)\d+/\d+", number)
    )


def _is_progression(number: str) -> bool:
    """Say whether the groups of a number are of a series: 20 30 40 50, 1024 2048 4096."""
    groups = [int(group) for group in re.findall(r"\d+", number)]
    differences = {right - left for left, right in itertools.pairwise(groups)}
    ratios = {right / max(left, 1) for left, right in itertools.pairwise(groups)}
    return len(groups) > 2 and 1 in (len(differences), len(ratios))


def _is_assigned(number: str) -> bool:
    """Say whether the numbering plan of its country has such a number."""
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


def _dialable(number: str) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False

import pytest

from assets.corpus.generation import grounding, words
from assets.corpus.generation.settings import GateSettings

CODE = '''def fetch(url, retries=3, timeout_s=10.0):
    """Download a page, and try again when the connection is lost."""
    for attempt in range(retries):
        try:
            return session.get(url, timeout=timeout_s).text
        except ConnectionError:
            time.sleep(2 ** attempt)
    raise FetchFailed(url)
'''
GROUNDED_CODE = [
    ("How does `fetch` wait between attempts?", "It sleeps `2 ** attempt` seconds with `time.sleep` before it tries again."),
    ("What does `fetch` return?", "The text of the downloaded page."),
    ("What happens when all retries of `fetch` fail?", "It raises `FetchFailed` with the `url`."),
    ("How many times does `fetch` try by default?", "Three times: `retries` is 3."),
    ("Which error makes `fetch` try again?", "A `ConnectionError`, which is raised when the connection is lost."),
]
UNGROUNDED_CODE = [
    ("How does `fetch` wait between attempts?", "It uses a jittered backoff of thirty seconds, capped by a global rate limiter."),
    ("What does `fetch` return?", "A parsed JSON dictionary holding status codes plus headers."),
    ("What happens when all retries of `fetch` fail?", "It logs a warning message and silently yields an empty string."),
    ("How many times does `fetch` try by default?", "Five times, because `max_attempts` defaults to 5."),
    ("Which error makes `fetch` try again?", "`SocketTimeout` and `HTTPError` responses from upstream proxies."),
]
TEXT = (
    "## Storage of paper\n\nPaper is stored flat, in boxes free of acid, at 18 degrees and a relative humidity of 45 percent. "
    "Boxes are opened once a year, in March, to look for silverfish. Loans to other houses end after 90 days."
)
GROUNDED_TEXT = [
    ("At which temperature is paper stored?", "At 18 degrees, with a relative humidity of 45 percent."),
    ("When are the boxes opened?", "Once a year, in March, to look for silverfish."),
    ("How long may loans to other houses last?", "They end after 90 days."),
    ("How is paper stored?", "Flat, in acid-free boxes."),
]
UNGROUNDED_TEXT = [
    ("At which temperature is paper stored?", "At 21 degrees Celsius, monitored by digital sensors."),
    ("When are the boxes opened?", "Every six months, whenever restorers request samples."),
    ("How long may loans to other houses last?", "Up to two years, with an insurance contract signed beforehand."),
    ("How is paper stored?", "Rolled up inside tubes made from plastic, away from sunlight."),
]
LIMITS = GateSettings()


def passes(question: str, answer: str, text: str, least: float) -> bool:
    named = grounding.known_names(question, answer, text) >= LIMITS.min_known_names
    return named and grounding.overlap(question, answer, text, text) >= least


@pytest.mark.parametrize(("question", "answer"), GROUNDED_CODE)
def test_grounded_answers_about_code(question, answer):
    assert passes(question, answer, CODE, LIMITS.min_code_overlap)


@pytest.mark.parametrize(("question", "answer"), UNGROUNDED_CODE)
def test_invented_answers_about_code(question, answer):
    assert not passes(question, answer, CODE, LIMITS.min_code_overlap)


@pytest.mark.parametrize(("question", "answer"), GROUNDED_TEXT)
def test_grounded_answers_about_documents(question, answer):
    assert passes(question, answer, TEXT, LIMITS.min_document_overlap)


@pytest.mark.parametrize(("question", "answer"), UNGROUNDED_TEXT)
def test_invented_answers_about_documents(question, answer):
    assert not passes(question, answer, TEXT, LIMITS.min_document_overlap)


def test_the_whole_text_counts_a_quarter():
    cited, shown = "raise FetchFailed(url)", CODE
    assert grounding.overlap("", "fetch failed url", cited, shown) == 1
    assert grounding.overlap("", "connection lost", cited, shown) == 0.25
    assert grounding.overlap("", "failed connection url volcano", cited, shown) == (1 + 0.25 + 1) / 4
    assert grounding.overlap("", "the of and", cited, shown) == 0 == grounding.overlap("", "", cited, shown)


def test_words_of_the_question_claim_nothing():
    assert grounding.overlap("Does fetch retry volcano?", "fetch volcano connection", CODE, CODE) == 1
    assert grounding.overlap("Is it a volcano?", "a volcano", CODE, CODE) == 0


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ("`retries` is 3", 1),
        ("`retries` is 4", 0.5),
        ("It calls `session.get`.", 1),
        ("It calls session.post with timeoutSeconds.", 0),
        ("1. try\n2. sleep\n3. `raise`", 1),
        ("```python\nanything_at_all(99)\n```", 1),
        ("Nothing to check, it is `None`.", 1),
        ("It waits 10.0 or 2 seconds for three tries.", 1),
    ],
)
def test_known_names(answer, share):
    assert grounding.known_names("", answer, CODE) == share


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What does this function return?", []),
        ("How does the code above work?", []),
        ("What does the method do with the volcano?", []),
        ("What does `fetch` raise?", ["fetch", "rais"]),
        ("How many retriesOf are there?", ["retry"]),
    ],
)
def test_named_terms(question, named):
    assert grounding.named_terms(question, CODE) == named


@pytest.mark.parametrize(
    ("one", "other"),
    [("retries", "retry"), ("closing", "closed"), ("getHTTPResponse", "get_http_responses"), ("caches", "cache"), ("日本語", "日本語です")],
)
def test_words_meet(one, other):
    assert set(words.words(one)) <= set(words.words(other))


def test_count_is_in_words_of_a_reader():
    assert words.count("two words") == 2 and words.count("日本語です") == 3 and words.count("") == 0

import pytest

from assets.corpus.generation.language import function_word_share, script_share

SENTENCES = {
    "English": "The drawer holds the coins, and it is opened when the bell rings.",
    "German": "Die Schublade enthält die Münzen, und sie wird geöffnet, wenn es klingelt.",
    "French": "Le tiroir contient les pièces, et il est ouvert quand la cloche sonne.",
    "Spanish": "El cajón guarda las monedas y se abre cuando suena la campana.",
    "Italian": "Il cassetto contiene le monete e si apre quando suona la campana della porta, che è nella sala.",
    "Portuguese": "A gaveta guarda as moedas e não está aberta quando os sinos tocam.",
    "Dutch": "De lade bevat de munten en wordt geopend als het belletje gaat.",
}


@pytest.mark.parametrize("written", SENTENCES)
@pytest.mark.parametrize("wanted", SENTENCES)
def test_function_words_tell_languages_apart(written, wanted):
    share = function_word_share(SENTENCES[written], wanted)
    assert share >= 0.5 if written == wanted else share < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "`le la les un une des`",
        "```text\nder die das\n```",
        "Non-iterable elements in values.",
        "x, y, o and e are drawn.",
        "Returns the die.",
    ],
)
def test_names_and_code_are_no_evidence(text):
    assert function_word_share(text, "English") == 1


@pytest.mark.parametrize(
    ("text", "language", "share"),
    [
        ("Ключ", "Russian", 1),
        ("Ключ", "English", 0),
        ("抽屉", "Chinese", 1),
        ("引き出し", "Japanese", 1),
        ("서랍", "Korean", 1),
        ("Schublade für Münzen", "German", 1),
        ("drawer Ключ", "English", 0.6),
        ("`ключ` 123", "English", 1),
        ("Ключ", "French", 0),
    ],
)
def test_script(text, language, share):
    assert script_share(text, language, frozenset()) == share


def test_what_the_text_says_may_be_quoted():
    assert script_share("The key is Ключ.", "English", frozenset(["ключ"])) == 1

import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.silver.comments import ALIGNED
from assets.pull_requests.silver.people import PSEUDONYM, PeopleSettings, hide, participants, pseudonym, pseudonymise

KNOWN = ("author-2", "reviewer-1", "SomeBody7".lower(), "test", "word")


def hidden(text: str, owner: str = "example") -> str:
    return hide(text, KNOWN, owner, "")[0]


def shown(text: str) -> str:
    """Return `text` with all pseudonyms as ..., to compare with."""
    return PSEUDONYM.sub("...", hidden(text))


def test_pseudonyms_are_stable_and_keyed() -> None:
    assert pseudonym("Reviewer-1", "s") == pseudonym("reviewer-1", "s") != pseudonym("reviewer-1", "other")
    assert PSEUDONYM.fullmatch(pseudonym("reviewer-1", "")) and pseudonym("reviewer-1", "") != pseudonym("reviewer-2", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@reviewer-1: see @Author-2's note, cc @stranger.", "@...: see @...'s note, cc @...."),
        ("(@stranger) **@other-one**, @a/@reviewer-1", "(@...) **@...**, @.../@..."),
        ("`@reviewer-1` and `@stranger`", "`@...` and `@stranger`"),
        ("```\n@stranger @author-2\n```", "```\n@stranger @...\n```"),
    ],
)
def test_mentions_are_replaced(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Add @Override and @param here, @NonNull too",
        "mail me@example.com or a.b@stranger",
        "@SuppressWarnings(x) and @Size(max = 3), @custom(1)",
        "import @org.example.Thing, @scope/name, foo@1.2.3, user@host:path",
        "text\n\n    @Anything\n    void run() {}",
        "`@Test` is missing, and @@double, \\@escaped, {@link Foo}",
        "the word test is a word",
        "ask @example/reviewers or @babel/core",
    ],
)
def test_what_is_no_mention_stays(text: str) -> None:
    assert hidden(text) == text


def test_a_known_login_that_is_an_annotation_is_a_person_in_prose_only() -> None:
    assert shown("@test please look, `@Test` is missing") == "@... please look, `@Test` is missing"


def test_pages_and_distinctive_words_name_people_too() -> None:
    assert shown("see https://github.com/author-2/fork/tree/x") == "see https://github.com/.../fork/tree/x"
    assert hidden("see https://github.com/author-2/fork", owner="Author-2") == "see https://github.com/author-2/fork"
    assert shown("as SomeBody7 said, unlike `SomeBody7` or word") == "as ... said, unlike `SomeBody7` or word"


def test_hiding_twice_changes_nothing() -> None:
    once = hidden("@reviewer-1 and @stranger")
    assert hide(once, KNOWN, "example", "") == (once, 0)


def test_participants_come_from_logins_and_the_payload() -> None:
    payload = '{"user": {"login": "Author-2"}, "assignees": [{"login": "helper-3"}, null], "merged_by": null, "title": {"login": "x"}}'
    assert participants(["reviewer-1", None, "ghost", "Full Name", "dependabot[bot]"], payload) == [
        "author-2",
        "dependabot[bot]",
        "full name",
        "helper-3",
        "reviewer-1",
    ]
    for broken in (None, "", "{", "[1]", '{"user": 3, "assignees": {"a": 1}}', "[" * 100_000):
        assert participants(["reviewer-1"], broken) == ["reviewer-1"]


def rows(*said: tuple[str, str | None, str]) -> pl.DataFrame:
    made = [
        {"id": name, "author": login, "body": body, "participants": list(KNOWN), "repository": "example/project"}
        for name, login, body in said
    ]
    filled = [dict.fromkeys(ALIGNED) | {"pull_number": 3, "path": "a.py", "comment_id": 7} | row for row in made]
    return pl.DataFrame(filled, schema=ALIGNED)


def test_the_stage_names_authors_and_tells_of_mentions() -> None:
    kept, ledger = pseudonymise(rows(("1", "Reviewer-1", "cc @author-2 @x1"), ("2", None, "no"), ("3", "ghost", "no")), PeopleSettings())
    assert kept["author"][0] == pseudonym("reviewer-1", "") and kept["author"].n_unique() == 3
    assert kept.columns == [name for name in ALIGNED if name not in ("author_type", "participants")]
    assert ledger.rows() == [("1", "mention", "altered", 2.0, None, "example/project#3 a.py comment 7")]
    empty, none = pseudonymise(rows(), PeopleSettings())
    assert empty.schema == kept.schema and none.is_empty()


@given(
    st.lists(st.sampled_from(["@", "reviewer-1", "author-2", " ", "`", "\n", "/", ".", "_", "-", "x", "(", "https://h/"]), max_size=25).map(
        "".join
    )
)
@settings(deadline=None, max_examples=200)
def test_no_known_login_is_left_behind_an_at(text: str) -> None:
    new, _ = hide(text, KNOWN, "example", "")
    for place in range(len(new)):
        for login in ("reviewer-1", "author-2"):
            if new.startswith("@" + login, place):
                before, after = new[place - 1 : place], new[place + 1 + len(login) :]
                assert (
                    before.isalnum()
                    or before == "_"
                    or after[:1].isalnum()
                    or after[:1] == "_"
                    or (after[:1] == "-" and after[1:2].isalnum())
                )


def test_hostile_bodies_take_linear_time() -> None:
    begun = time.process_time()
    for piece in ("@a", "@a ", "`@a` ", "@" * 50, "a-" * 40 + "@", "@" + "a-" * 60, "://reviewer-1", "@reviewer-1/", "reviewer-1 "):
        hide(piece * (16_384 // len(piece)), KNOWN, "example", "")
    assert time.process_time() - begun < 6

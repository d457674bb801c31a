from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.silver.threads import parents, roots

REPLIES = st.dictionaries(st.integers(0, 9), st.none() | st.integers(0, 12), max_size=10)


def test_chains_lead_to_their_first_comment() -> None:
    assert roots({1: None, 2: 1, 3: 2, 4: 1, 5: None}) == {1: 1, 2: 1, 3: 1, 4: 1, 5: 5}
    assert parents({1: None, 2: 1, 3: 2}) == {1: None, 2: 1, 3: 2}


def test_replies_to_a_deleted_comment_stay_together() -> None:
    assert roots({2: 1, 3: 1, 4: 3}) == {2: 1, 3: 1, 4: 1} and parents({2: 1})[2] == 1


def test_cycles_have_their_smallest_id_as_root() -> None:
    assert roots({3: 2, 2: 3, 4: 3}) == {3: 2, 2: 2, 4: 2} and parents({3: 2, 2: 3}) == {3: 2, 2: None}
    assert roots({7: 7}) == {7: 7} and parents({7: 7}) == {7: None}


def test_long_chains_are_followed() -> None:
    chain = {number: number - 1 or None for number in range(1, 20_001)}
    assert set(roots(dict(reversed(chain.items()))).values()) == {1}


@given(REPLIES, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=120)
def test_order_does_not_matter_and_threads_are_whole(replies: dict[int, int | None], random: object) -> None:
    items = list(replies.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    found, answered = roots(replies), parents(replies)
    assert roots(dict(items)) == found and found.keys() == replies.keys()
    for comment, parent in answered.items():
        assert (parent is None) == (found[comment] == comment)
        assert parent is None or found.get(parent, parent) == found[comment]

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.generation.grouping import groups
from tests.assets.corpus.generation.scripted_model import Source, make_chunks

SOURCES = st.lists(
    st.builds(
        Source,
        path=st.sampled_from(["a.py", "b.py", "notes.pdf"]),
        name=st.sampled_from(["f", "g"]),
        text=st.text(st.sampled_from("ab \n"), min_size=1, max_size=6),
        kind=st.sampled_from(["function", "section"]),
        n_tokens=st.integers(1, 12),
    ),
    max_size=12,
).map(lambda sources: [source._replace(text=f"{source.text}{place}") for place, source in enumerate(sources)])


@settings(deadline=None, max_examples=60)
@given(SOURCES, st.integers(1, 20))
def test_every_chunk_is_in_one_group_of_neighbours(sources, max_tokens):
    chunks = make_chunks(sources)
    found = groups(chunks, max_tokens)
    assert sorted(chunk.id for group in found for chunk in group.chunks) == sorted(chunks["id"])
    for group in found:
        assert group.n_tokens <= max_tokens or len(group.chunks) == 1
        assert len({(chunk.path, chunk.kind) for chunk in group.chunks}) == 1
    for path, kind in {(group.chunks[0].path, group.chunks[0].kind) for group in found}:
        shown = [chunk.text for group in found for chunk in group.chunks if (chunk.path, chunk.kind) == (path, kind)]
        assert shown == [source.text for source in sources if source.path == path and (source.kind == "section") == (kind == "document")]
    for one, other in pairwise(found):
        same = (one.chunks[0].path, one.chunks[0].kind) == (other.chunks[0].path, other.chunks[0].kind)
        assert not same or one.n_tokens + other.chunks[0].n_tokens > max_tokens  # no group that could have been larger


@settings(deadline=None, max_examples=40)
@given(SOURCES, st.integers(1, 20), st.randoms(use_true_random=False))
def test_code_groups_depend_on_their_file_alone(sources, max_tokens, random):
    code = [source._replace(kind="function") for source in sources]
    chunks = make_chunks(code)
    order = list(range(chunks.height))
    random.shuffle(order)
    whole = groups(chunks, max_tokens)
    assert groups(chunks[order], max_tokens) == whole
    alone = [group for path in sorted(set(chunks["path"])) for group in groups(chunks.filter(path=path), max_tokens)]
    assert alone == whole


def test_a_group_is_called_by_its_path_and_names():
    group = groups(make_chunks([Source("a.py", "f", "x"), Source("a.py", "g", "y")]), 512)[0]
    assert group.names == "a.py\nf\ng" and group.shown == "a.py\nf\ng\nx\ny" and group.n_tokens == 80

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.diffs import alignment
from assets.pull_requests.diffs.alignment import Comment, Located
from tests.assets.pull_requests.diffs.reviewed import FIRST, HEAD, REVIEWED, SECOND, comment, find, located

NUMBERS = st.one_of(st.none(), st.integers(-2, 15))


TEXTS = st.one_of(st.none(), st.sampled_from([FIRST, SECOND, FIRST + "\n", "@@ -1 +1 @@", "x"]), st.text(max_size=30))


SIDES = st.sampled_from([None, "LEFT", "RIGHT", "left"])


COMMITS = st.sampled_from([None, "head", "old"])


@settings(max_examples=300, deadline=None)
@given(st.builds(Comment, st.just("app.py"), TEXTS, COMMITS, COMMITS, *[NUMBERS] * 6, SIDES, SIDES), st.booleans(), COMMITS)
def test_any_comment_is_located_on_the_last_line_of_its_excerpt_or_refused(of: Comment, is_known: bool, sha: str | None) -> None:
    found = find(of, REVIEWED if is_known else None, HEAD, sha)
    if isinstance(found, Located):
        assert of.diff_hunk
        assert of.diff_hunk.removesuffix("\n").split("\n")[-1] == found.kind + found.text
        assert of.original_line in (None, found.line)
        assert found.proof and 0 < found.confidence <= 1
    else:
        assert found.reason in (alignment.Refused.__doc__ or "") or found.reason.removeprefix("contradicts") in (
            alignment.Refused.__doc__ or ""
        )


def test_long_excerpts_take_linear_time() -> None:
    n = 200_000
    excerpt = f"@@ -0,0 +1,{n} @@" + "\n+x" * n
    diff = f"diff --git a/app.py b/app.py\nnew file mode 100644\n--- /dev/null\n+++ b/app.py\n{excerpt}\n"
    start = time.process_time()
    assert located(comment(excerpt, original_position=n), diff).line == n
    assert time.process_time() - start < 3

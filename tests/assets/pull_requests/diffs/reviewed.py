"""What several of these tests share."""

from typing import Any

from assets.pull_requests.diffs import patches
from assets.pull_requests.diffs.alignment import Comment, Located, Refused, locate

# The same file as it was reviewed, and at the head: line 2 changed again, a line inserted above line 12.
REVIEWED = """\
diff --git a/app.py b/app.py
--- a/app.py
+++ b/app.py
@@ -1,4 +1,5 @@
 one
-two
+two, better
+two and a half
 three
 four
@@ -10,3 +11,3 @@ def f():
 ten
-eleven
+eleven!
 twelve
"""


HEAD = """\
diff --git a/app.py b/app.py
--- a/app.py
+++ b/app.py
@@ -1,4 +1,5 @@
 one
-two
+two, best
+two and a half
 three
 four
@@ -10,3 +11,4 @@ def f():
 ten
-eleven
+inserted
+eleven!
 twelve
"""


FIRST = "@@ -1,4 +1,5 @@\n one\n-two\n+two, better"


SECOND = "@@ -10,3 +11,3 @@ def f():\n ten\n-eleven\n+eleven!"


def comment(diff_hunk: str | None = FIRST, **fields: Any) -> Comment:
    return Comment("app.py", diff_hunk, **{"commit_id": "head", "original_commit_id": "old", **fields})


def find(of: Comment, reviewed: str | None = REVIEWED, current: str | None = HEAD, sha: str | None = "head") -> Located | Refused:
    return locate(of, None if reviewed is None else patches.parse(reviewed), None if current is None else patches.parse(current), sha)


def located(of: Comment, reviewed: str | None = REVIEWED, current: str | None = HEAD, sha: str | None = "head") -> Located:
    found = find(of, reviewed, current, sha)
    assert isinstance(found, Located), found
    return found

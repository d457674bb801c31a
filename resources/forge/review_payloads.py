"""Pull requests and what was said about them, as GitHub's REST shows them."""

from resources.forge import people
from resources.forge.facts import Fact
from resources.forge.payloads import NAME, OWNER, WEB, Payload, Shapes, node

COMMENT_PLACE = (
    "path",
    "position",
    "original_position",
    "commit_id",
    "original_commit_id",
    "diff_hunk",
    "line",
    "original_line",
    "start_line",
    "original_start_line",
    "side",
    "start_side",
    "subject_type",
)


def simple_pull(shapes: Shapes, fact: Fact, repository: Payload) -> Payload:
    """Return a pull request as lists show it."""
    number, url = fact["number"], f"{shapes.here}/pulls/{fact['number']}"
    issue, web = f"{shapes.here}/issues/{number}", f"{WEB}/{OWNER}/{NAME}/pull/{number}"
    hrefs = {
        "self": url, "html": web, "issue": issue, "comments": f"{issue}/comments", "review_comments": f"{url}/comments",
        "review_comment": f"{shapes.here}/pulls/comments{{/number}}", "commits": f"{url}/commits",
        "statuses": f"{shapes.here}/statuses/{fact['head_sha']}",
    }  # fmt: skip
    urls = {f"{name}_url": hrefs[name] for name in ("issue", "commits", "review_comments", "review_comment", "comments", "statuses")}
    return {
        "url": url, "id": fact["id"], "node_id": node("PullRequest", str(number)), "html_url": web, "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch", **urls, "number": number, "state": fact["state"], "locked": False, "title": fact["title"],
        "user": shapes.user(fact["author"]), "body": fact["body"], "created_at": fact["created_at"], "updated_at": fact["updated_at"],
        "closed_at": fact["closed_at"], "merged_at": fact["merged_at"], "merge_commit_sha": fact["merge_sha"], "assignee": None,
        "assignees": [], "requested_reviewers": [], "requested_teams": [], "labels": [shapes.label(name) for name in fact["labels"]],
        "milestone": None, "draft": fact["draft"], "head": _end(shapes, fact["branch"], fact["head_sha"], fact["author"], repository),
        "base": _end(shapes, "main", fact["base_sha"], OWNER, repository),
        "_links": {name: {"href": href} for name, href in hrefs.items()},
        "author_association": people.association(fact["author"], fact["author"]), "auto_merge": None, "active_lock_reason": None,
    }  # fmt: skip


def pull(shapes: Shapes, fact: Fact, repository: Payload) -> Payload:
    """Return a pull request as it is shown alone."""
    merged = fact["merged_at"] is not None
    counts = {name: fact[name] for name in ("comments", "review_comments", "additions", "deletions", "changed_files")}
    return simple_pull(shapes, fact, repository) | {
        "merged": merged, "mergeable": None if fact["state"] == "closed" else True, "rebaseable": None,
        "mergeable_state": "unknown" if fact["state"] == "closed" else "clean",
        "merged_by": shapes.user("maintainer-1") if merged else None, "maintainer_can_modify": False, **counts,
        "commits": len(fact["commits"]),
    }  # fmt: skip


def issue(shapes: Shapes, fact: Fact) -> Payload:
    """Return a pull request as the search for issues shows it."""
    url, web = f"{shapes.here}/issues/{fact['number']}", f"{WEB}/{OWNER}/{NAME}/pull/{fact['number']}"
    links = {"url": f"{shapes.here}/pulls/{fact['number']}", "html_url": web, "diff_url": f"{web}.diff", "patch_url": f"{web}.patch"}
    return {
        "url": url, "repository_url": shapes.here, "labels_url": f"{url}/labels{{/name}}", "comments_url": f"{url}/comments",
        "events_url": f"{url}/events", "html_url": web, "id": fact["id"], "node_id": node("PullRequest", str(fact["number"])),
        "number": fact["number"], "title": fact["title"], "user": shapes.user(fact["author"]),
        "labels": [shapes.label(name) for name in fact["labels"]], "state": fact["state"], "locked": False, "assignee": None,
        "assignees": [], "milestone": None, "comments": fact["comments"], "created_at": fact["created_at"],
        "updated_at": fact["updated_at"], "closed_at": fact["closed_at"],
        "author_association": people.association(fact["author"], fact["author"]), "draft": fact["draft"],
        "pull_request": links | {"merged_at": fact["merged_at"]}, "body": fact["body"], "reactions": shapes.reactions(url),
        "timeline_url": f"{url}/timeline", "performed_via_github_app": None, "state_reason": None, "score": 1.0,
    }  # fmt: skip


def comment(shapes: Shapes, fact: Fact) -> Payload:
    """Return a review comment."""
    url, pull_url = f"{shapes.here}/pulls/comments/{fact['id']}", f"{shapes.here}/pulls/{fact['number']}"
    web = f"{WEB}/{OWNER}/{NAME}/pull/{fact['number']}#discussion_r{fact['id']}"
    links = {"self": {"href": url}, "html": {"href": web}, "pull_request": {"href": pull_url}}
    payload = {
        "url": url, "pull_request_review_id": fact["review_id"], "id": fact["id"], "node_id": node("Comment", str(fact["id"])),
        "user": shapes.user(fact["by"]), "body": fact["body"], "created_at": fact["created_at"], "updated_at": fact["updated_at"],
        "html_url": web, "pull_request_url": pull_url, "author_association": fact["association"], "_links": links,
        "reactions": shapes.reactions(url), **{name: fact[name] for name in COMMENT_PLACE},
    }  # fmt: skip
    if "in_reply_to_id" in fact:
        payload["in_reply_to_id"] = fact["in_reply_to_id"]
    return payload


def review(shapes: Shapes, fact: Fact) -> Payload:
    """Return a review."""
    pull_url, web = f"{shapes.here}/pulls/{fact['number']}", f"{WEB}/{OWNER}/{NAME}/pull/{fact['number']}#pullrequestreview-{fact['id']}"
    return {
        "id": fact["id"], "node_id": node("Review", str(fact["id"])), "user": shapes.user(fact["by"]), "body": fact["body"],
        "state": fact["state"], "html_url": web, "pull_request_url": pull_url, "author_association": fact["association"],
        "_links": {"html": {"href": web}, "pull_request": {"href": pull_url}}, "submitted_at": fact["created_at"],
        "commit_id": fact["commit_id"],
    }  # fmt: skip


def talk(shapes: Shapes, fact: Fact) -> Payload:
    """Return a comment of the conversation."""
    url, issue_url = f"{shapes.here}/issues/comments/{fact['id']}", f"{shapes.here}/issues/{fact['number']}"
    return {
        "url": url, "html_url": f"{WEB}/{OWNER}/{NAME}/pull/{fact['number']}#issuecomment-{fact['id']}", "issue_url": issue_url,
        "id": fact["id"], "node_id": node("IssueComment", str(fact["id"])), "user": shapes.user(fact["by"]),
        "created_at": fact["created_at"], "updated_at": fact["updated_at"], "body": fact["body"],
        "author_association": people.association(fact["by"], None), "reactions": shapes.reactions(url), "performed_via_github_app": None,
    }  # fmt: skip


def _end(shapes: Shapes, branch: str, sha: str, login: str | None, repository: Payload) -> Payload:
    """Return head or base. A deleted user's fork is gone with them; everyone else works in the repository itself."""
    repo = None if login is None else repository
    return {"label": f"{login or 'unknown'}:{branch}", "ref": branch, "sha": sha, "user": shapes.user(login), "repo": repo}

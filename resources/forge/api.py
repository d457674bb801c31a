"""The routes: from a request's method, path and query to a reply."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlencode

from resources.forge import payloads, review_payloads, search
from resources.forge.calls import Call, as_text, ordered, paged
from resources.forge.diffs import parse
from resources.forge.facts import Fact
from resources.forge.faults import Faults
from resources.forge.limits import Limits
from resources.forge.payloads import BLOCKED, EMPTY, MOVED, NAME, OWNER, REPOSITORY_IDS, Shapes
from resources.forge.replies import Problem, Reply, json_reply, not_found
from resources.forge.stored import Stored

MOST_COMMITS, MOST_FILES, MOST_COMPARED = 250, 3_000, 300


@dataclass(slots=True)
class Api:
    """Answers from what is stored."""

    stored: Stored
    shapes: Shapes
    url: str  # that it is served at: pages lead to the next ones
    faults: Faults
    limits: Limits
    token: str | None = None
    routes: list[tuple[re.Pattern[str], Callable[..., Reply]]] = field(init=False)

    def __post_init__(self) -> None:
        """Compile the table of what follows the repository in a path."""
        table = (
            (r"", self.repository), (r"/license", self.license), (r"/pulls", self.pulls), (r"/pulls/(\d+)", self.pull),
            (r"/pulls/(\d+)/commits", self.commits), (r"/pulls/(\d+)/files", self.files), (r"/pulls/(\d+)/reviews", self.reviews),
            (r"/pulls/(\d+)/comments", self.comments), (r"/pulls/comments", self.all_comments), (r"/pulls/comments/(\d+)", self.comment),
            (r"/issues/(\d+)/comments", self.talks), (r"/compare/(.+)\.\.\.(.+)", self.compare), (r"/commits/(.+)", self.commit),
        )  # fmt: skip
        self.routes = [(re.compile(pattern), handler) for pattern, handler in table]

    def answer(self, call: Call) -> Reply:
        """Return the reply to a request that was let in."""
        try:
            return self._answer(call)
        except Problem as problem:
            return problem.reply

    def _answer(self, call: Call) -> Reply:
        if call.path == "/rate_limit":
            resources = {name: self.limits.peek(name).payload() for name in self.limits.buckets}
            return json_reply({"resources": resources, "rate": resources["core"]})
        if call.path == "/search/issues":
            return self.search(call)
        if found := re.fullmatch(r"/app/installations/(\d+)/access_tokens", call.path):
            return self._app_token(call, int(found[1]))
        if call.method != "GET":
            raise not_found()
        return self._in_repository(call)

    def _app_token(self, call: Call, installation: int) -> Reply:
        """Return the token of a GitHub App's installation: the one that the forge wants."""
        until = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        rights = {"contents": "read", "metadata": "read", "pull_requests": "read"}
        payload = {"token": self.token or f"installation-{installation}", "expires_at": until, "permissions": rights}
        return json_reply(payload | {"repository_selection": "all"}, status=201)

    def _in_repository(self, call: Call) -> Reply:
        if named := re.fullmatch(rf"/repos/{OWNER}/([^/]+)(/.*)?", call.path, re.IGNORECASE):
            return self._known(named[1].lower(), replace(call, rest=named[2] or ""))
        if numbered := re.fullmatch(r"/repositories/(\d+)(/.*)?", call.path):
            names = {str(id): name for name, id in REPOSITORY_IDS.items()}
            return self._known(names.get(numbered[1], ""), replace(call, rest=numbered[2] or ""))
        raise not_found()

    def _known(self, name: str, call: Call) -> Reply:
        if name == MOVED:
            there = f"{self.url}/repositories/{REPOSITORY_IDS[NAME]}{call.rest}"
            there += f"?{urlencode(call.query)}" if call.query else ""
            raise Problem(301, "Moved Permanently", {"location": there}, url=there)
        if name == BLOCKED:
            block = {"reason": "dmca", "created_at": payloads.CREATED, "html_url": f"{payloads.WEB}/dmca"}
            raise Problem(451, "Repository access blocked", block=block)
        if name == EMPTY:
            return self._empty(call)
        if name != NAME:
            raise not_found()
        for pattern, handler in self.routes:
            if found := pattern.fullmatch(call.rest):
                return handler(call, *map(unquote, found.groups()))
        raise not_found()

    def _empty(self, call: Call) -> Reply:
        if call.rest in ("/pulls", "/pulls/comments"):
            return json_reply([])
        if call.rest == "":
            return json_reply(self.shapes.repository(EMPTY) | {"network_count": 0, "subscribers_count": 0})
        if call.rest.startswith(("/commits", "/compare")):
            raise Problem(409, "Git Repository is empty.")
        raise not_found()

    def repository(self, call: Call) -> Reply:
        """GET /repos/O/R."""
        return json_reply(self.shapes.repository(NAME, self.stored.open_pulls()) | {"network_count": 0, "subscribers_count": 0})

    def license(self, call: Call) -> Reply:
        """GET …/license."""
        content, sha = self.stored.blob("main", "LICENSE")
        return json_reply(self.shapes.license_file(content, sha))

    def pulls(self, call: Call) -> Reply:
        """GET …/pulls: by state, base, head, sort and direction."""
        state, sort = call.query.get("state", "open"), call.query.get("sort", "created")
        direction = call.query.get("direction", "desc" if sort == "created" else "asc")
        key = {"updated": 3}.get(sort, 2)
        rows = [row for row in self.stored.facts.index("pull") if state in ("all", row[4])]
        rows.sort(key=lambda row: (row[key], row[1]), reverse=direction == "desc")
        if call.query.get("base", "main") != "main":
            rows = []
        chosen, headers = paged(self.url, call, rows)
        shared = self.shapes.repository(NAME, self.stored.open_pulls())
        return json_reply([review_payloads.simple_pull(self.shapes, self._pull(row[1]), shared) for row in chosen], headers)

    def pull(self, call: Call, number: str) -> Reply:
        """GET …/pulls/N: JSON, or the diff."""
        fact = self._pull(int(number))
        if call.wants_diff:
            if fact["number"] in self.faults.too_large:
                errors = [{"resource": "PullRequest", "field": "diff", "code": "too_large"}]
                raise Problem(406, "Sorry, the diff exceeded the maximum number of lines (20000)", errors=errors)
            return as_text(self.stored.three_dots(fact["base_sha"], fact["head_sha"])[1], call)
        return json_reply(review_payloads.pull(self.shapes, fact, self.shapes.repository(NAME, self.stored.open_pulls())))

    def commits(self, call: Call, number: str) -> Reply:
        """GET …/pulls/N/commits, oldest first; GitHub shows 250 at most."""
        chosen, headers = paged(self.url, call, self._pull(int(number))["commits"][:MOST_COMMITS])
        return json_reply([self.shapes.commit(self.stored.commit(sha)) for sha in chosen], headers)

    def files(self, call: Call, number: str) -> Reply:
        """GET …/pulls/N/files."""
        fact = self._pull(int(number))
        patches = parse(self.stored.three_dots(fact["base_sha"], fact["head_sha"])[1])
        chosen, headers = paged(self.url, call, list(patches.values())[:MOST_FILES])
        return json_reply([self.shapes.file(patch, fact["head_sha"]) for patch in chosen], headers)

    def reviews(self, call: Call, number: str) -> Reply:
        """GET …/pulls/N/reviews, oldest first."""
        return self._said(call, number, "review", review_payloads.review)

    def comments(self, call: Call, number: str) -> Reply:
        """GET …/pulls/N/comments."""
        return self._said(call, number, "comment", review_payloads.comment)

    def talks(self, call: Call, number: str) -> Reply:
        """GET …/issues/N/comments."""
        return self._said(call, number, "talk", review_payloads.talk)

    def all_comments(self, call: Call) -> Reply:
        """GET …/pulls/comments: of the whole repository."""
        rows = [row for row in self.stored.facts.index("comment") if row[3] >= call.since and row[1] not in self.faults.missing]
        rows = ordered(call, rows, lambda row, key: (row[3 if key == "updated" else 2], int(row[0])))
        chosen, headers = paged(self.url, call, rows)
        facts = [self.stored.fact("comment", row[0]) for row in chosen]
        return json_reply([review_payloads.comment(self.shapes, fact) for fact in facts], headers)

    def comment(self, call: Call, id: str) -> Reply:
        """GET …/pulls/comments/ID."""
        return json_reply(review_payloads.comment(self.shapes, self.stored.fact("comment", id)))

    def compare(self, call: Call, base: str, head: str) -> Reply:
        """GET …/compare/A...B: JSON, or the diff; three dots, so from where the two parted."""
        old, new = self.stored.resolve(base), self.stored.resolve(head)
        parted, diff = self.stored.three_dots(old, new)
        if call.wants_diff:
            return as_text(diff, call)
        ahead, behind = self.stored.between(old, new), self.stored.between(new, old)
        status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}.get((bool(ahead), bool(behind)), "identical")
        url = f"{self.shapes.here}/compare/{quote(base)}...{quote(head)}"
        web = f"{payloads.WEB}/{OWNER}/{NAME}/compare/{quote(base)}...{quote(head)}"
        commits, headers = paged(self.url, call, ahead, MOST_COMMITS)
        patches = list(parse(diff).values())[:MOST_COMPARED] if call.number("page", 1) == 1 else []
        return json_reply({
            "url": url, "html_url": web, "permalink_url": web, "diff_url": f"{web}.diff", "patch_url": f"{web}.patch",
            "base_commit": self.shapes.commit(self.stored.commit(old)), "merge_base_commit": self.shapes.commit(self.stored.commit(parted)),
            "status": status, "ahead_by": len(ahead), "behind_by": len(behind), "total_commits": len(ahead),
            "commits": [self.shapes.commit(self.stored.commit(sha)) for sha in commits],
            "files": [self.shapes.file(patch, new) for patch in patches],
        }, headers)  # fmt: skip

    def commit(self, call: Call, name: str) -> Reply:
        """GET …/commits/SHA, against its first parent: JSON, or the diff."""
        try:
            fact = self.stored.commit(self.stored.resolve(name))
        except Problem:
            raise Problem(422, f"No commit found for SHA: {name}") from None
        diff = self.stored.own_diff(fact)
        if call.wants_diff:
            return as_text(diff, call)
        patches = parse(diff).values()
        added, removed = sum(patch.additions for patch in patches), sum(patch.deletions for patch in patches)
        stats = {"total": added + removed, "additions": added, "deletions": removed}
        return json_reply(self.shapes.commit(fact) | {"stats": stats, "files": [self.shapes.file(patch, fact["id"]) for patch in patches]})

    def search(self, call: Call) -> Reply:
        """GET /search/issues."""
        facts = [fact for fact in self.stored.facts.all("pull") if fact["number"] not in self.faults.missing]
        found = search.ordered(search.matching(call.query.get("q", ""), facts), call.query.get("sort"), call.query.get("order"))
        page, per_page, reach = call.number("page", 1), call.number("per_page", 30, 100), self.faults.search_results
        if (page - 1) * per_page >= reach:
            raise Problem(422, f"Only the first {reach} search results are available")
        chosen, headers = paged(self.url, call, found[:reach])
        items = [review_payloads.issue(self.shapes, fact) for fact in chosen]
        return json_reply({"total_count": len(found), "incomplete_results": False, "search_type": "lexical", "items": items}, headers)

    def _pull(self, number: int) -> Fact:
        if number in self.faults.missing:
            raise not_found()
        return self.stored.fact("pull", number)

    def _said(self, call: Call, number: str, kind: str, shape: Callable[[Shapes, Fact], Any]) -> Reply:
        facts = [fact for fact in self.stored.facts.of(kind, self._pull(int(number))["number"]) if fact["updated_at"] >= call.since]
        facts = ordered(call, facts, lambda fact, key: (fact[f"{key}_at"], fact["id"]))
        chosen, headers = paged(self.url, call, facts)
        return json_reply([shape(self.shapes, fact) for fact in chosen], headers)

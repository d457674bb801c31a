"""Facts as GitHub's REST shows them: the names of its fields, in its nesting."""

import base64
from typing import Any

from resources.forge import people
from resources.forge.diffs import Patch
from resources.forge.facts import Fact
from resources.forge.links import REPOSITORY, USER

Payload = dict[str, Any]
OWNER, NAME, MOVED, EMPTY, BLOCKED = "corpusmith", "dayshift", "nightshift", "empty", "withdrawn"
REPOSITORY_IDS = {NAME: 700_001, EMPTY: 700_002, BLOCKED: 700_003}
WEB = "https://forge.example"  # what people would open; nothing of it is served
API = f"{WEB}/api/v3"  # in payloads, so that they are the same on whichever port they are served
CREATED, LICENSE_KEY = "2023-01-09T09:00:00Z", "apache-2.0"
FACES = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


class Shapes:
    """Makes payloads."""

    url, git_url = API, f"{WEB}/{OWNER}/{NAME}.git"

    @property
    def here(self) -> str:
        """The API's address of the repository."""
        return f"{self.url}/repos/{OWNER}/{NAME}"

    def user(self, login: str | None) -> Payload | None:
        """Return the short form of a user; null for one who was deleted."""
        if login is None:
            return None
        url, kind = f"{self.url}/users/{login}", "Bot" if login.endswith("[bot]") else "User"
        kind = "Organization" if login == OWNER else kind
        links = {name: url + path for name, path in USER.items()}
        return {
            "login": login, "id": people.user_id(login), "node_id": node("User", login), "avatar_url": f"{WEB}/avatars/{login}",
            "gravatar_id": "", "url": url, "html_url": f"{WEB}/{login}", **links, "type": kind, "user_view_type": "public",
            "site_admin": False,
        }  # fmt: skip

    def repository(self, name: str = NAME, pulls: int = 0) -> Payload:
        """Return a repository; one that is not the project's is empty and has no licence."""
        full, filled = f"{OWNER}/{name}", name == NAME
        url = f"{self.url}/repos/{full}"
        links = {name: url + path for name, path in REPOSITORY.items()}
        return {
            "id": REPOSITORY_IDS[name], "node_id": node("Repository", full), "name": name, "full_name": full, "private": False,
            "owner": self.user(OWNER), "html_url": f"{WEB}/{full}", "description": "Tasks that run when they should" if filled else None,
            "fork": False, "url": url, **links, "created_at": CREATED, "updated_at": CREATED, "pushed_at": CREATED,
            "git_url": self.git_url, "ssh_url": self.git_url, "clone_url": self.git_url, "svn_url": f"{WEB}/{full}", "homepage": None,
            "size": 120 if filled else 0, "stargazers_count": 0, "watchers_count": 0, "language": "Python" if filled else None,
            "has_issues": True, "has_projects": False, "has_downloads": False, "has_wiki": False, "has_pages": False,
            "has_discussions": False, "forks_count": 0, "mirror_url": None, "archived": False, "disabled": False,
            "open_issues_count": pulls, "license": self.license() if filled else None, "allow_forking": True, "is_template": False,
            "web_commit_signoff_required": False, "topics": [], "visibility": "public", "forks": 0, "open_issues": pulls, "watchers": 0,
            "default_branch": "main",
        }  # fmt: skip

    def license(self) -> Payload:
        """Return the short form of the project's licence."""
        return {"key": LICENSE_KEY, "name": "Apache License 2.0", "spdx_id": "Apache-2.0", "url": f"{self.url}/licenses/{LICENSE_KEY}",
                "node_id": node("License", LICENSE_KEY)}  # fmt: skip

    def license_file(self, content: bytes, sha: str) -> Payload:
        """Return what /license answers."""
        url, web = f"{self.here}/contents/LICENSE?ref=main", f"{WEB}/{OWNER}/{NAME}/blob/main/LICENSE"
        git = f"{self.here}/git/blobs/{sha}"
        return {
            "name": "LICENSE", "path": "LICENSE", "sha": sha, "size": len(content), "url": url, "html_url": web, "git_url": git,
            "download_url": f"{WEB}/raw/LICENSE", "type": "file", "content": base64.encodebytes(content).decode(), "encoding": "base64",
            "_links": {"self": url, "git": git, "html": web}, "license": self.license(),
        }  # fmt: skip

    def label(self, name: str) -> Payload:
        """Return a label."""
        return {"id": people.user_id(name), "node_id": node("Label", name), "url": f"{self.here}/labels/{name}", "name": name,
                "color": "d73a4a", "default": False, "description": None, "archived_by": None}  # fmt: skip

    def reactions(self, url: str) -> Payload:
        """Return that nobody reacted."""
        return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(FACES, 0)}

    def commit(self, fact: Fact) -> Payload:
        """Return a commit without its files."""
        url, web = f"{self.here}/commits/{fact['id']}", f"{WEB}/{OWNER}/{NAME}/commit"
        who = {"name": people.name(fact["by"]), "email": people.email(fact["by"]), "date": fact["at"]}
        tree = {"sha": fact["tree"], "url": f"{self.here}/git/trees/{fact['tree']}"}
        unsigned = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
        parents = [{"sha": sha, "url": f"{self.here}/commits/{sha}", "html_url": f"{web}/{sha}"} for sha in fact["parents"]]
        inner = {"author": who, "committer": who, "message": fact["message"], "tree": tree,
                 "url": f"{self.here}/git/commits/{fact['id']}", "comment_count": 0, "verification": unsigned}  # fmt: skip
        user = self.user(fact["by"])
        return {"sha": fact["id"], "node_id": node("Commit", fact["id"]), "commit": inner, "url": url, "html_url": f"{web}/{fact['id']}",
                "comments_url": f"{url}/comments", "author": user, "committer": user, "parents": parents}  # fmt: skip

    def file(self, patch: Patch, commit: str) -> Payload:
        """Return a changed file."""
        quoted = patch.path.replace(" ", "%20")
        blob = f"{WEB}/{OWNER}/{NAME}"
        payload = {
            "sha": patch.sha, "filename": patch.path, "status": patch.status, "additions": patch.additions,
            "deletions": patch.deletions, "changes": patch.additions + patch.deletions, "blob_url": f"{blob}/blob/{commit}/{quoted}",
            "raw_url": f"{blob}/raw/{commit}/{quoted}", "contents_url": f"{self.here}/contents/{quoted}?ref={commit}",
        }  # fmt: skip
        if patch.lines:
            payload["patch"] = patch.text
        if patch.status == "renamed":
            payload["previous_filename"] = patch.old_path
        return payload


def node(kind: str, name: str) -> str:
    """Return an opaque id, as GraphQL has them."""
    return base64.b64encode(f"{kind}:{name}".encode()).decode()

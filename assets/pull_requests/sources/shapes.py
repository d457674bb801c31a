"""What a JSON object of an export is (a pull request, a review, a review comment, or all of them in one), and how they are put together."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from assets.pull_requests.bronze import places
from assets.pull_requests.bronze.fields import canonical
from assets.pull_requests.bronze.places import Place

Kind = Literal["bundle", "pull", "review", "comment"]
_LISTS = ("commits", "reviews", "review_comments", "reviewed")
_TOP = ("diff", "head_sha", "base_sha")


class Shape(NamedTuple):
    """What an object is, the pull request it belongs to (if it says so), and the commits that git is to be asked for."""

    kind: Kind
    place: Place | None
    shas: tuple[str, ...] = ()
    base_sha: str | None = None


def recognise(value: Any) -> Shape | None:
    """Return what `value` is, None when it is nothing that GitHub's shapes know."""
    if not isinstance(value, dict):
        return None
    if "diff_hunk" in value or "original_position" in value or ("path" in value and places.of_comment(value)):
        return Shape("comment", places.of_comment(value), _shas([value]))
    if isinstance(value.get("pull"), dict) or ("number" not in value and isinstance(value.get("review_comments"), list)):
        return _bundle(value)
    if "submitted_at" in value and places.of_comment(value):
        return Shape("review", places.of_comment(value))
    place = places.of_pull(value)
    return Shape("pull", place, _shas(value.get("review_comments")), _base_sha(value)) if place and "number" in value else None


def assemble(parts: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the bundle that `parts` ((kind, value); a diff is text) make: of several payloads of the pull the latest, all of the lists."""
    bundle: dict[str, Any] = {"pull": None}
    for kind, value in parts:
        if kind == "diff":
            _add(bundle, {"diff": value})
        elif kind in ("comment", "review"):
            _add(bundle, {"review_comments" if kind == "comment" else "reviews": [value]})
        elif kind == "bundle":
            _add(bundle, value)
        else:
            # GET /pulls/N has counts of the same names; only what is no number stands beside the payload.
            beside = [name for name in (*_LISTS, *_TOP) if name in value and type(value[name]) is not int]
            pull = {name: item for name, item in value.items() if name not in beside}
            _add(bundle, {"pull": pull} | {name: value[name] for name in beside})
    return bundle


def _add(bundle: dict[str, Any], more: dict[str, Any]) -> None:
    pulls = [pull for pull in (bundle["pull"], more.get("pull")) if pull is not None]
    bundle["pull"] = max(pulls, key=_version, default=None)
    for name in _LISTS:
        old, new = bundle.get(name), more.get(name)
        bundle[name] = [*old, *new] if isinstance(old, list) and isinstance(new, list) else new if old is None else old
    for name in _TOP:
        bundle[name] = more.get(name) if bundle.get(name) is None else bundle[name]


def _version(pull: Any) -> tuple[str, str]:
    updated = pull.get("updated_at") if isinstance(pull, dict) else None
    return updated if isinstance(updated, str) else "", canonical(pull)[0] or ""


def _bundle(value: dict[str, Any]) -> Shape | None:
    pull, comments = value.get("pull"), value.get("review_comments")
    told = [item for item in comments if isinstance(item, dict)] if isinstance(comments, list) else []
    number = value.get("number", value.get("pull_number"))
    place = (
        (places.of_pull(pull) if isinstance(pull, dict) else None)
        or places.of_names(value.get("repository"), number)
        or next((place for place in map(places.of_comment, told) if place), None)
    )
    base = value.get("base_sha")
    return Shape("bundle", place, _shas(told), base if isinstance(base, str) else _base_sha(pull)) if place else None


def _shas(comments: Any) -> tuple[str, ...]:
    found = (item.get("original_commit_id") for item in comments if isinstance(item, dict)) if isinstance(comments, list) else ()
    return tuple(dict.fromkeys(sha for sha in found if isinstance(sha, str) and len(sha) in (40, 64)))


def _base_sha(pull: Any) -> str | None:
    base = pull.get("base") if isinstance(pull, dict) else None
    sha = base.get("sha") if isinstance(base, dict) else None
    return sha if isinstance(sha, str) and len(sha) in (40, 64) else None

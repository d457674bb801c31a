"""Where GitHub, and those who exported from it, put the values of the columns of bronze_prs."""

from assets.pull_requests.bronze.fields import field, flag, integer, moment, names, shas, spdx, text, upper

_AUTHOR = (field("author", text, "user.login", "user_login"), field("author_type", text, "user.type", "user_type"))

BUNDLE = tuple(field(name, text) for name in ("diff", "head_sha", "base_sha"))
PULL = (
    *(field(name, text) for name in ("state", "title", "body")),
    *_AUTHOR,
    field("labels", names),
    field("draft", flag),
    *(field(name, moment) for name in ("created_at", "updated_at", "closed_at", "merged_at")),
    *(field(name, text, name.replace("_", ".")) for name in ("base_ref", "base_sha", "head_ref", "head_sha")),
    field("merge_commit_sha", text),
    field("license", spdx, "base.repo.license.spdx_id"),
    *(field(name, integer) for name in ("additions", "deletions", "changed_files")),
)
COMMENT = (
    *(field(name, integer) for name in ("id", "in_reply_to_id", "position", "original_position", "line", "original_line")),
    *(field(name, integer) for name in ("start_line", "original_start_line")),
    field("review_id", integer, "pull_request_review_id"),
    *_AUTHOR,
    *(field(name, text) for name in ("author_association", "body", "path", "diff_hunk", "commit_id", "original_commit_id")),
    *(field(name, text) for name in ("side", "start_side", "subject_type", "html_url")),
    field("created_at", moment),
    field("updated_at", moment),
)
REVIEW = (
    field("id", integer),
    *_AUTHOR,
    field("state", upper),
    field("body", text),
    field("commit_id", text),
    field("submitted_at", moment),
)
COMMIT = (
    field("sha", text),
    field("message", text, "commit.message", "message"),
    field("author", text, "author.login", "author_login"),
    field("authored_at", moment, "commit.author.date", "authored_at"),
    field("parents", shas),
)
REVIEWED = (field("commit_sha", text, "commit"), field("diff", text), field("follow_up", text), field("problem", text))

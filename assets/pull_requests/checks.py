"""What must hold in the pull-request line, besides the contracts."""

import polars as pl

from assets import gates
from assets.code import opt_outs
from assets.contracts import Audit, Contract, Finding, failing
from assets.pull_requests import opted_out
from assets.pull_requests.silver import claims as silver_claims
from assets.pull_requests.silver import comments, redacting
from assets.pull_requests.tasks import claims as task_claims
from resources.engine import Stage
from resources.lake import Shard

COMMENT_IDS = Stage(comments.comment_ids, version="1")
NOT_ON_THEIR_LINE = Stage(silver_claims.not_on_their_line, version="1")
UNTHREADED = Stage(silver_claims.unthreaded, version="1")
NAMES_LEFT = Stage(silver_claims.names_left, version="1")
NOT_ANSWERABLE = Stage(task_claims.not_answerable, version="1")
LEFT_IN_COMMENTS = Stage(redacting.left_in_comments, version="2")
LEFT_IN_TASKS = Stage(task_claims.left_in_tasks, version="2")
NOT_OPTED_OUT = Stage(opted_out.violations, version="1")
OPTED_OUT = Stage(opt_outs.opted_out, version="1")


def comments_sit_on_their_line(audit: Audit) -> Finding:
    """Each hunk, counted through from its header, ends on the comment's line, on its side and of its kind."""
    return failing(gates.kept_by(audit, NOT_ON_THEIR_LINE)["id"].to_list(), "comments that are not on their line")


def every_comment_is_accounted_for(audit: Audit) -> Finding:
    """Each review comment above is here, or has a ledger row that says why not."""
    above = gates.kept_by(audit, COMMENT_IDS, audit.parent("bronze_prs").shards)
    dropped = audit.snapshot.ledger().filter(pl.col("action") == "dropped").select(id="row_id")
    known = pl.concat([audit.snapshot.scan().select("id"), dropped]).collect()
    return failing(above.join(known, on="id", how="anti")["id"].to_list(), "comments that vanished without a ledger row")


def threads_are_whole(audit: Audit) -> Finding:
    """A reply is in the thread and the pull request of what it answers, and what answers nothing opens a thread."""
    return failing(gates.kept_by(audit, UNTHREADED)["id"].to_list(), "comments of a thread that is not told consistently")


def nobody_is_named(audit: Audit) -> Finding:
    """No login of a pull request is left in its comments, as author or as a mention."""
    bronze = {shard.label: shard for shard in audit.parent("bronze_prs").shards}
    pairs: list[Shard | tuple[Shard, ...]] = [(shard, bronze[shard.label]) for shard in audit.snapshot.shards]
    return failing(gates.kept_by(audit, NAMES_LEFT, pairs)["id"].to_list(), "comments that name somebody")


def tasks_are_answerable(audit: Audit) -> Finding:
    """The lines that a task asks about, and those of its answer, are in the hunk that it shows."""
    return failing(gates.kept_by(audit, NOT_ANSWERABLE)["id"].to_list(), "tasks about lines that they do not show")


def no_secrets(audit: Audit) -> Finding:
    """Another engine than the one that redacts finds no key, token, password or private key."""
    return gates.left_by_redaction(audit, _scan(audit), "secrets")


def no_personal_data(audit: Audit) -> Finding:
    """Another engine than the one that redacts finds no e-mail or IP address, card, account or social security number, nor user name."""
    return gates.left_by_redaction(audit, _scan(audit), "personal_data")


def nothing_opted_out(audit: Audit) -> Finding:
    """No repository, owner, author or path that opt_outs.yaml lists is here."""
    listed = opt_outs.load(audit.settings.sources.code.opt_outs)
    stage = NOT_OPTED_OUT if audit.draft.asset == "bronze_prs" else OPTED_OUT
    return failing([] if listed.is_empty else gates.kept_by(audit, stage.bind(listed))["id"].to_list(), "rows that are opted out")


def _scan(audit: Audit) -> Stage:
    stage = LEFT_IN_COMMENTS if audit.draft.asset == "silver_review_comments" else LEFT_IN_TASKS
    return stage.bind(audit.settings.pull_requests.redaction)


BRONZE_PRS = Contract("bronze_prs", "assets.pull_requests.schema:BronzePrs", (*gates.OPTIONAL_SOURCE, nothing_opted_out))
SILVER_REVIEW_COMMENTS = Contract(
    "silver_review_comments",
    "assets.pull_requests.schema:SilverReviewComments",
    (
        *gates.OPTIONAL_TABLE, comments_sit_on_their_line, every_comment_is_accounted_for, threads_are_whole, nobody_is_named,
        no_secrets, no_personal_data, nothing_opted_out,
    ),
)  # fmt: skip
REVIEW_TASKS = Contract(
    "review_tasks",
    "assets.pull_requests.schema:ReviewTasks",
    (*gates.OPTIONAL_TABLE, tasks_are_answerable, no_secrets, no_personal_data, nothing_opted_out),
)

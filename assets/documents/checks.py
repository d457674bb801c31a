"""What must hold in the document line, besides the contracts."""

import polars as pl

from assets import gates
from assets.code import opt_outs
from assets.contracts import Audit, Contract, Finding, failing
from assets.documents import redacting
from assets.documents.sources import opted_out
from resources.engine import Stage

OPTED_OUT = Stage(opted_out.violations, version="1")
LEFT_IN_SECTIONS = Stage(redacting.left_in_sections, version="2")


def every_document_is_accounted_for(audit: Audit) -> Finding:
    """Each document above has sections, or a ledger row that says why not."""
    read = audit.snapshot.scan().select(id=pl.col("parent_ids").list.first()).unique()
    dropped = audit.snapshot.ledger().filter(pl.col("action") == "dropped").select(id="row_id")
    documents = audit.parent("raw_documents").scan().select("id")
    lost = documents.join(pl.concat([read, dropped]), on="id", how="anti").collect()
    return failing(lost["id"].to_list(), "documents that vanished without a ledger row")


def no_secrets(audit: Audit) -> Finding:
    """Another engine than the one that redacts finds no key, token, password or private key."""
    return gates.left_by_redaction(audit, LEFT_IN_SECTIONS.bind(audit.settings.documents.redaction), "secrets")


def no_personal_data(audit: Audit) -> Finding:
    """Another engine than the one that redacts finds no e-mail or IP address, card, account or social security number, nor user name."""
    return gates.left_by_redaction(audit, LEFT_IN_SECTIONS.bind(audit.settings.documents.redaction), "personal_data")


def nothing_opted_out(audit: Audit) -> Finding:
    """No host, owner, path or content that opt_outs.yaml lists is here."""
    listed = opt_outs.load(audit.settings.sources.code.opt_outs)
    found = [] if listed.is_empty else gates.kept_by(audit, OPTED_OUT.bind(listed))["id"].to_list()
    return failing(found, "documents that are opted out")


RAW_DOCUMENTS = Contract("raw_documents", "assets.documents.schema:RawDocuments", (*gates.OPTIONAL_SOURCE, nothing_opted_out))
DOCUMENT_SECTIONS = Contract(
    "document_sections",
    "assets.documents.schema:DocumentSections",
    (*gates.OPTIONAL_TABLE, every_document_is_accounted_for, no_secrets, no_personal_data),
)

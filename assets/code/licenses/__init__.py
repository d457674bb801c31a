"""Licences as SPDX expressions: read from headers, metadata and licence texts; which one counts; and what a policy allows."""

from assets.code.licenses.decision import Decision, decide
from assets.code.licenses.expressions import (
    MAX_EXPRESSION_CHARS,
    PERMISSIVE,
    agree,
    allows,
    is_permissive,
    normalise,
    of_classifiers,
)
from assets.code.licenses.notices import of_header, of_notice
from assets.code.licenses.policy import LicensePolicy, apply_policy, violations
from assets.code.licenses.texts import MAX_LICENSE_BYTES, is_license_file, match, of_files, of_text

__all__ = [
    "MAX_EXPRESSION_CHARS",
    "MAX_LICENSE_BYTES",
    "PERMISSIVE",
    "Decision",
    "LicensePolicy",
    "agree",
    "allows",
    "apply_policy",
    "decide",
    "is_license_file",
    "is_permissive",
    "match",
    "normalise",
    "of_classifiers",
    "of_files",
    "of_header",
    "of_notice",
    "of_text",
    "violations",
]

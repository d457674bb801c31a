"""Redaction: secrets and personal data are found by rules (`rules/*.yaml`) and replaced so that the text still parses.

`redaction.redact` is what every line of the graph calls: code, pull requests, documents, conversations, feedback, serving. `residual`
looks again, with another engine and patterns of its own.
"""

"""Diffs as git writes them, and where in them a review comment sits."""

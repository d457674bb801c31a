"""Conversations of a coding assistant with tools, for the demo: scenarios and their variants, written here (Apache-2.0)."""

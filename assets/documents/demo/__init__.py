"""Four PDFs about an invented task queue, for the demo: rendered from the Markdown beside this file, written here (Apache-2.0)."""

"""From proven comments to what a reviewer does: needs a comment or not, which comment, and what the code becomes."""

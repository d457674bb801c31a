"""From files and sections to chunks within the token budget, each a literal slice."""

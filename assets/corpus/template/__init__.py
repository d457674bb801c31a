"""How the base model's template reads a chat: text, tokens, where the loss is, and what must hold of it."""

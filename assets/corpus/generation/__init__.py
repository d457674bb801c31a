"""Questions and answers by a language model: group small chunks, ask for questions, answer each, and let only what is grounded pass."""

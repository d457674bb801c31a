"""Which split a chat is in, what is alike, and the proofs that nothing leaks."""

"""Where source code comes from: each module lists the entries of one kind of source."""

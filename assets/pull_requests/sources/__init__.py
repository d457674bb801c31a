"""Where pull requests come from: each module lists the entries of one kind of source."""

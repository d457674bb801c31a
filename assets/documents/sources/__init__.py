"""Where documents come from: folders, URLs and a web search. Listings first, content when a shard is read."""

"""Source code: found, repaired, and each text kept once.

A source (git repository, folder, installed package) lists its entries, cheaply; the listing is cut into shards that stay put
when files are added. Reading a shard gives `raw_code`: the bytes as found, with language and licence. Cleaning gives
`clean_code`: text in one encoding within the limits. `deduplicated_code` keeps the best file of every cluster of equal ones.
"""

"""Pull requests: fetched as they are, their review comments proven to sit on their line, and made into training tasks.

`bronze_prs` holds each pull request as GitHub returned it, with the diff of every commit that was reviewed. A comment becomes a row of
`silver_review_comments` only if its place is proven: the line found in the diff is the last line of the excerpt that GitHub shows with
the comment (`alignment`, over `patches`). `review_tasks` asks of it what reviewers do: does this change need a comment, which one, and
what does the code look like that answers it.
"""

"""Opt-outs in documents: by repository, owner and path before anything is asked for, by the content's SWHID when it has been read.

A URL is looked at as a repository's: `owners` with host/name or a name, and `repositories` with owner/name or a URL, take what lies below
them on the web too. A glob of `paths` is about the path below the folder, or below the host; `https://HOST:**` takes a whole host.
`authors` are not looked for: a PDF has no headers that name them, and its text is not known yet.
"""

from collections.abc import Sequence

import polars as pl

from assets import ledger
from assets.code import opt_outs
from assets.code.opt_outs import OptOuts
from assets.documents.sources import listing, urls

_RAW_CONTENT = {"raw.githubusercontent.com": "github.com", "media.githubusercontent.com/media": "github.com"}


def are_listed(addresses: Sequence[str], opted_out: OptOuts) -> list[bool]:
    """Tell which URLs (`urls.normal`) must not be asked for."""
    if opted_out.is_empty or not addresses:
        return [False] * len(addresses)
    places = [_place(url) for url in addresses]
    columns = {"origin": list(addresses), "root": [root for root, _ in places], "path": [path for _, path in places]}
    return _reasons(pl.DataFrame(columns).with_columns(source=pl.lit("url")), opted_out).is_not_null().to_list()


def is_listed(url: str, opted_out: OptOuts) -> bool:
    """Tell whether `url` (`urls.normal`) must not be asked for."""
    return are_listed([url], opted_out)[0]


def drop_listed(entries: pl.DataFrame, opted_out: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop from a listing what repositories, owners and paths opt out: (listing, ledger)."""
    if opted_out.is_empty or entries.is_empty():
        return entries, ledger.empty()
    why = _reasons(entries, opted_out)
    dropped = entries.with_columns(listing.row_ids(entries), reason=why).filter(why.is_not_null())
    return entries.filter(why.is_null()), ledger.entries(dropped, opt_outs.RULE, detail=pl.format("{} {}", "reason", "origin"))


def drop_opted_out(documents: pl.DataFrame, settings: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop the rows of raw_documents whose content has a listed SWHID, or whose origin is opted out: (rows, ledger)."""
    why = _of_documents(documents, settings)
    dropped = documents.with_columns(reason=why).filter(why.is_not_null())
    return documents.filter(why.is_null()), ledger.entries(dropped, opt_outs.RULE, detail=pl.format("{} {}", "reason", "origin"))


def violations(documents: pl.DataFrame, settings: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id of the rows of raw_documents that hold what is opted out, an empty ledger)."""
    return documents.filter(_of_documents(documents, settings).is_not_null()).select("id"), ledger.empty()


def _of_documents(documents: pl.DataFrame, settings: OptOuts) -> pl.Series:
    """Return why each row of raw_documents is opted out.

    Of files only the content is looked at: which folder a path was given below is not known any more, and the listing has seen to it.
    """
    if settings.is_empty or documents.is_empty():
        return pl.Series("reason", [None] * documents.height, dtype=pl.String)
    of_web = documents.filter(pl.col("source") != "folder")["origin"].unique().to_list()
    listed = [url for url, is_out in zip(of_web, are_listed(of_web, settings), strict=True) if is_out]
    by_origin = pl.when(documents["origin"].is_in(listed) & (documents["source"] != "folder")).then(pl.lit("origin"))
    by_content = opt_outs.reasons(documents.select("content"), OptOuts(swhids=settings.swhids))
    return pl.select(pl.coalesce(by_origin, by_content).alias("reason")).to_series()


def _place(url: str) -> tuple[str, str]:
    return f"{url.split('/')[0]}//{urls.host(url)}/", urls.path(url)


def _reasons(entries: pl.DataFrame, opted_out: OptOuts) -> pl.Series:
    """Return repository, owner, path or null for each row with source, origin, root and path."""
    listed = OptOuts(repositories=opted_out.repositories, owners=opted_out.owners, paths=opted_out.paths)
    whole = pl.Series([_as_repository(origin) for origin in entries["origin"]], dtype=pl.String)
    wholes = entries.select(repository=pl.when(pl.col("source") == "folder").then("root").otherwise(whole), path="path")
    roots = entries.select(repository="root", path="path")
    return pl.select(pl.coalesce(opt_outs.reasons(wholes, listed), opt_outs.reasons(roots, listed)).alias("reason")).to_series()


def _as_repository(origin: str) -> str:
    """Return the URL `origin` as that of the host that its repository is on."""
    for raw, host in _RAW_CONTENT.items():
        origin = origin.replace(f"://{raw}/", f"://{host}/", 1)
    return origin

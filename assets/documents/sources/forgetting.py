"""Opted-out documents leave the store too: what was fetched before somebody opted out is not kept on disk."""

from assets.code import swhids
from assets.code.opt_outs import OptOuts
from assets.documents.sources import opted_out
from assets.documents.sources.store import Store


def forget_opted_out(stored: Store, opted: OptOuts) -> int:
    """Remove the documents whose URL, or the one that it led to, is opted out, or whose content is by its SWHID; return how many.

    A content that another URL holds, which is not opted out, stays for that one unless the content itself is listed.
    """
    contents = {swhids.core(entry) for entry in opted.swhids if swhids.kind_of(entry) == "cnt"}
    urls = stored.urls()
    asked = opted_out.are_listed([url for url, _, _ in urls], opted)
    final = opted_out.are_listed([final_url for _, final_url, _ in urls], opted)
    known: dict[str, bool] = {}
    n_forgotten = 0
    for (url, _, sha256), is_asked, is_final in zip(urls, asked, final, strict=True):
        if sha256 not in known:
            known[sha256] = bool(contents) and _swhid(stored, sha256) in contents
        if is_asked or is_final or known[sha256]:
            stored.forget(url)
            n_forgotten += 1
    return n_forgotten


def _swhid(stored: Store, sha256: str) -> str | None:
    try:
        return swhids.of_content(stored.place(sha256).read_bytes())
    except OSError:  # its file is gone: so will be its row when it is asked for
        return None

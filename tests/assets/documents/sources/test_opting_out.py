import hashlib
from pathlib import Path
from typing import Any

import pytest

from assets.code import swhids
from assets.code.opt_outs import OptOuts
from assets.documents.sources import store
from tests.assets.documents.sources.acquired import rules
from tests.document_server import NOW, Hub, pdf


def test_opted_out_urls_are_not_asked_for(hub: Hub, acquire: Any) -> None:
    for name in ("/team/a.pdf", "/other/b.pdf", "/other/drafts/c.pdf"):
        hub.add(name, pdf(name))
    hub.redirect("/moved.pdf", "/team/a.pdf")
    names = ("/team/a.pdf", "/other/b.pdf", "/other/drafts/c.pdf", "/moved.pdf")
    found = acquire(*names, opted=OptOuts(owners=("team",), paths=("**/drafts/",)))
    assert rules(found) == ["opted_out"] * 3 and found.entries["origin"].to_list() == [hub.url + "/other/b.pdf"]
    assert hub.asked("/team/a.pdf") == hub.asked("/other/drafts/c.pdf") == 0
    assert acquire(*names, opted=OptOuts(paths=(f"http://{hub.host.split(':')[0]}:**",))).entries.is_empty()
    assert acquire("/other/b.pdf", opted=OptOuts(repositories=(hub.url + "/other/b.pdf",))).entries.is_empty()  # although it is stored


def stored(acquire: Any) -> list[str]:
    return sorted(hashlib.sha256(file.read_bytes()).hexdigest() for file in acquire.folder.glob("content/*/*.pdf"))


def sha256(*names: str) -> list[str]:
    return sorted(hashlib.sha256(pdf(name)).hexdigest() for name in names)


@pytest.mark.parametrize(
    ("opted", "left"),
    [
        (OptOuts(), ["same", "b", "c"]),
        (OptOuts(owners=("team",)), ["same", "c"]),  # another address holds the same as /team/a.pdf
        (OptOuts(paths=("a.pdf",)), ["b", "c"]),
        (OptOuts(swhids=(f"{swhids.of_content(pdf('same'))};origin=x",)), ["b", "c"]),
        (OptOuts(paths=("hidden/",)), ["same", "b"]),  # where /moved.pdf leads
        (OptOuts(authors=("reviewer-1@example.org",)), ["same", "b", "c"]),
    ],
)
def test_what_was_fetched_before_leaves_the_store(hub: Hub, acquire: Any, opted: OptOuts, left: list[str]) -> None:
    names = {"/team/a.pdf": "same", "/other/a.pdf": "same", "/team/b.pdf": "b", "/hidden/c.pdf": "c"}
    for name, text in names.items():
        hub.add(name, pdf(text))
    hub.redirect("/moved.pdf", "/hidden/c.pdf")
    assert acquire("/team/a.pdf", "/other/a.pdf", "/team/b.pdf", "/moved.pdf").entries.height == 3
    with store.opened(acquire.folder, NOW) as opened:
        n_rows = len(opened.urls())
    again = acquire(opted=opted)  # whether or not the profile still names them
    with store.opened(acquire.folder, NOW) as opened:
        assert again.counts.get("forgotten", 0) == n_rows - len(opened.urls())
    assert stored(acquire) == sha256(*left)
    assert any("were removed from the store" in line for line in acquire.lines) == (len(left) < 3)


def test_a_document_without_its_file_is_no_hindrance(hub: Hub, acquire: Any) -> None:
    hub.add("/a.pdf", pdf("a"))
    hub.add("/b.pdf", pdf("b"))
    Path(acquire("/a.pdf").entries["location"][0]).unlink()
    found = acquire("/b.pdf", opted=OptOuts(swhids=(swhids.of_content(pdf("a")),)))
    assert found.counts["forgotten"] == 0 and found.entries.height == 1

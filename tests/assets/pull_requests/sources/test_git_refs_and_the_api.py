from pathlib import Path

import pytest

from assets.pull_requests.bronze.reading import PullReadingSettings, read_pull_requests
from assets.pull_requests.sources.git_refs import PullRefs, list_pulls
from tests.assets.pull_requests.sources.histories import write


def without_index(diff: str) -> list[str]:
    return [line for line in diff.split("\n") if not line.startswith("index ")]  # git shortens names where it was not told otherwise


@pytest.mark.parametrize("are_pulls_known", [False, True])
def test_a_host_s_api_says_the_same(tmp_path: Path, are_pulls_known: bool) -> None:
    import httpx

    from resources.forge import SMALL, Forge

    as_diff = {"accept": "application/vnd.github.diff"}
    with (
        Forge.serve(tmp_path / "forge", size=SMALL) as forge,
        httpx.Client(base_url=f"{forge.base_url}/repos/{forge.repositories[0]}") as api,
    ):
        pulls = api.get("/pulls?state=all&per_page=100").json()
        remarks = [remark for pull in pulls for remark in api.get(f"/pulls/{pull['number']}/comments?per_page=100").json()]
        told = write(tmp_path, *remarks, *(pulls if are_pulls_known else []))
        here = PullRefs(url=forge.git_url, repository=forge.repositories[0], all_pulls=True)
        kept, altered = read_pull_requests(list_pulls([here], tmp_path / "mirrors", told)[0], PullReadingSettings())
        assert altered.is_empty() and kept.height == len(pulls) == SMALL.pull_requests
        assert kept["review_comments"].list.len().sum() == len(remarks) == SMALL.comments
        compared = 0
        for row in kept.iter_rows(named=True):
            pull = api.get(f"/pulls/{row['pull_number']}").json()
            assert (row["head_sha"], row["base_sha"]) == (pull["head"]["sha"], pull["base"]["sha"])
            assert without_index(row["diff"]) == without_index(api.get(f"/pulls/{row['pull_number']}", headers=as_diff).text)
            commits = api.get(f"/pulls/{row['pull_number']}/commits?per_page=100").json()
            assert [(item["sha"], item["message"]) for item in row["commits"]] == [
                (item["sha"], item["commit"]["message"]) for item in commits
            ]
            for reviewed in row["reviewed"]:
                answer = api.get(f"/compare/{pull['base']['sha']}...{reviewed['commit_sha']}", headers=as_diff)
                assert without_index(reviewed["diff"]) == without_index(answer.text)
                compared += 1
        assert compared > 10

"""Where a person can open a pull request, as the remote's address tells."""

from __future__ import annotations

import pytest

from dbt_rewind.integrations.pull_requests import ByHand, PullRequests

GITHUB = "https://github.com/acme/shop/compare/main...rollback/prod-r7?expand=1"
GITLAB = (
    "https://gitlab.example.com/data/team/shop/-/merge_requests/new"
    "?merge_request[source_branch]=rollback%2Fprod-r7&merge_request[target_branch]=main"
)


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/acme/shop.git", GITHUB),
        ("https://ada:secret@github.com/acme/shop", GITHUB),
        ("git@github.com:acme/shop.git", GITHUB),
        ("ssh://git@github.com:22/acme/shop.git/", GITHUB),
        ("git@gitlab.example.com:data/team/shop.git", GITLAB),
        ("https://git.example.com/shop.git", ""),
        ("/srv/git/github/shop.git", ""),
        ("../shop.git", ""),
        ("", ""),
    ],
)
def test_the_address_of_what_can_be_opened(remote: str, address: str) -> None:
    by_hand: PullRequests = ByHand(remote)
    proposal = by_hand.propose("rollback/prod-r7", "main", "Take r7 back", "", ("emergency",))
    assert proposal.address == address
    assert not proposal.is_open

"""GitHub's REST API, of github.com or of a GitHub Enterprise Server."""

from resources.github.client import GithubClient, github_client
from resources.github.credentials import CredentialsError

__all__ = ["CredentialsError", "GithubClient", "github_client"]

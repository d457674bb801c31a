"""From the review comments of a pull request to those of people: proven, threaded, each once, without names and secrets, labelled."""

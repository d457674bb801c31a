from resources import search


def test_the_key_comes_from_the_environment_and_shows_nowhere() -> None:
    first, second = "fir" + "st-key", "sec" + "ond-key"
    both = {"CORPUSMITH_SERPAPI_KEY": f" {first}\n", "SERPAPI_API_KEY": second}
    found = search.key(both)
    assert found is not None and found.get_secret_value() == first and first not in repr(found) + str(found)
    other = search.key(both | {"CORPUSMITH_SERPAPI_KEY": " "})
    assert other is not None and other.get_secret_value() == second
    assert search.key({}) is None

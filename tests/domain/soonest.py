"""In the mutation check what notices most is asked first, and what takes longest last: a plugin that mutmut loads."""

import pytest

FIRST = "test_sentences_are_what_they_were"
LAST = ("test_rulechange.py", "test_planning.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in order; mutmut gives them in none."""
    items.sort(key=lambda item: (item.path.name in LAST, item.name != FIRST, item.nodeid))

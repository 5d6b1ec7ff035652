"""A library on a server does what a file does: the same tests, a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infinidoc.store import Store
from tests.servers import postgres, postgres_server  # noqa: F401
from tests.test_store import (  # noqa: F401
    test_a_page_by_number_label_or_chapter,
    test_all_or_nothing,
    test_export_and_import_carry_everything,
    test_importing_something_else,
    test_names_are_unique_and_near_ones_are_offered,
    test_no_such_page,
    test_removing_leaves_nothing,
    test_search_finds_stems_and_ends_at_a_page,
    test_truncating_forgets_what_lies_beyond,
    test_what_goes_in_comes_out,
)
from tests.test_store_shared import (  # noqa: F401
    test_whoever_is_removed_the_others_stay_whole,
)


@pytest.fixture
def store(postgres: str) -> Iterator[Store]:  # noqa: F811
    with Store(postgres) as store:
        yield store

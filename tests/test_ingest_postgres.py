"""Reading into a library on a server: resumed, appended and copied as into a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import infinidoc
from infinidoc.library import Library
from tests.servers import postgres, postgres_server  # noqa: F401
from tests.test_ingest import (  # noqa: F401
    small,
    test_a_changed_file_takes_the_place_of_its_older_self,
    test_a_copy_is_a_document_of_its_own_that_shares_the_memory,
    test_a_document_is_read_whole,
    test_a_file_that_is_spoilt_leaves_its_document,
    test_a_name_that_is_asked_for_is_given,
    test_an_edited_file_replaces_its_own_document_and_no_other,
    test_an_interrupted_append_is_finished_by_append,
    test_appending_to_what_is_not_finished_is_refused,
    test_nothing_is_asked_of_an_empty_library,
    test_of_a_folder_that_has_grown_only_what_is_new_is_read,
    test_snapshots_stay_bounded_and_never_know_later_pages,
    test_two_readings_of_one_document_at_once,
    test_unchanged_content_is_not_read_again,
    test_what_was_read_and_what_was_not_is_listed,
)


@pytest.fixture
def library(tiny_model: Path, postgres: str) -> Iterator[Library]:  # noqa: F811
    with infinidoc.open(postgres, model=str(tiny_model)) as library:
        yield library

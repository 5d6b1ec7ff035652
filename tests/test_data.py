"""Questions to tables and settings: what is computed is exact, what names nothing is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

import infinidoc
from infinidoc.data.sql import statements
from infinidoc.data.trees import trees_of
from infinidoc.data_answers.answers import UNSURE, data_answer
from infinidoc.library import Library
from infinidoc.questions.data_asked import DataQuestion

SALES = """\
saleID,region,soldOn,amount,paid,day
71,North,2024-01-03,12.50,yes,Mon
72,South,2024-01-05,7.25,no,Sun
73,North,2024-02-01,0.10,yes,Sun
74,East,2025-02-07,NA,yes,Mon
75,South,2025-03-09,0.20,no,Mon
76,South,2025-03-10,"1,000.00",yes,Mon
"""
BOATS = """[
 {"name": "Gull", "port": "Skerry", "tons": 12, "oars": 4, "deckLen": 9},
 {"name": "Tern", "port": "Skerry", "tons": 30, "oars": 6, "deckLen": 14},
 {"name": "Auk", "port": "Holm", "tons": 8, "oars": 4, "deckLen": 7}
]
"""
POD = """\
kind: Deployment
metadata:
  name: harbour
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: api
        image: tide/api:1.4
        resources: {limits: {memory: 64Mi}, requests: {memory: 32Mi}}
        env:
        - name: LAMP_COLOUR
          value: green
      - name: sidecar
        image: tide/lamp:0.2
        resources: {limits: {memory: 16Mi}}
---
kind: Service
metadata:
  name: harbour
spec:
  type: NodePort
  ports:
  - port: 80
    targetPort: 8080
    nodePort: 30080
"""
COMPOSE = """\
services:
  web:
    image: tide/web:3
    ports: ["8080:80"]
    environment:
      - LAMP=on
  web-admin:
    image: tide/admin:1
  store:
    image: tide/store:7
"""
BUILD = """\
[project]
name = "tide"
lock-file = "tide.lock"
[tool.lamp]
line-length = 96
rules = [
    "A1",  # wicks
    "B2",
]
[[package]]
name = "oar"
version = "1.2.0"
[[package]]
name = "sail"
version = "4.0.1"
"""
KEYS = """\
[lamp]
; colour = red
colour = green ; at night
max lamp size = 40
[bell]
colour=grey
"""
XML = """<?xml version="1.0" encoding="UTF-8"?>
<!-- <Pump port="1"/> -->
<Station>
  <Pump name="bilge" port="8005"/>
  <Pump name="fire"
        port="8006"/>
  <version>3.1</version>
</Station>
"""
DUMP = """\
CREATE TABLE boats (
  id int NOT NULL,
  name varchar(20),
  PRIMARY KEY (id)
);
INSERT INTO boats VALUES (1,'Gull; ''the'' old'),(2,'Tern');
INSERT INTO crew (id, boat_id, full_name, wage) VALUES
 (1, 1, 'Ann Rook', 12.5), (2, 1, 'Bo Finch', 10), (3, 2, 'Cy Wren', 11);
"""
FILES = {
    "sales.csv": SALES, "boats.json": BOATS, "pod.yaml": POD, "compose.yaml": COMPOSE,
    "build.toml": BUILD, "lamp.ini": KEYS, "station.xml": XML, "crew.sql": DUMP,
}  # fmt: skip

Ask = Callable[..., str | None]


@pytest.fixture(scope="module")
def library(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Each file a document; what is read is checked by other tests, so that no memory is made."""
    folder = tmp_path_factory.mktemp("data")
    library = infinidoc.open(folder / "library.db", model=str(tiny_model))
    for name, text in FILES.items():
        (folder / name).write_text(text)
        library.ingest(folder / name, index_only=True, name=name.split(".")[0])
    return library


@pytest.fixture
def ask(library: Library) -> Ask:
    """The answer without its place; None if it is left to others."""

    def ask(name: str, question: str, whole: bool = False) -> str | None:
        (row,) = (row for row in library.store.documents() if row["name"] == name)
        found = data_answer(library.store, row, None, question)
        return found and (found.text if whole else found.text.split(" (")[0].split(" [")[0])

    return ask


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the total amount?", "1,020.05"),
        ("What is the total amount for the region South?", "1,007.45"),
        ("What is the sum of the amounts in North?", "12.6"),
        ("What is the average amount in the North?", "6.3"),
        ("What is the median amount?", "7.25"),
        ("What was the highest amount in North?", "12.5"),
        ("How many sales are there?", "6 rows"),
        ("How many sales were made in the South?", "3 of 6 rows, region: South"),
        ("How many sales are not paid?", "2 of 6 rows, paid: no"),
        ("How many regions are there?", "3 different values of region"),
        ("How many sales have an amount of more than 7.25?", "2 of 6 rows, amount > 7.25"),
        ("How many sales have an amount of at least 7.25?", "3 of 6 rows, amount >= 7.25"),
        ("Which region has the most sales?", "South"),
        ("Which region has the highest total amount?", "South"),
        ("Which region has the highest average amount?", "South"),
        ("Which region sold most?", "South"),
        ("Which region sold the least?", "North"),
        ("Which sale has the lowest amount?", "73"),
        ("What is the amount of sale 72?", "7.25"),
        ("What is the total amount per region?", "North: 12.6 and South: 1,007.45"),
        ("How many sales are there by region?", "North: 2, South: 3 and East: 1"),
        ("What is the total amount on Sunday?", "7.35"),
        ("How many sales were made in 2025?", "3 of 6 rows, soldOn: 2025"),
        ("Which regions are there?", "North, South and East"),
        ("What kinds of region are listed?", "North, South and East"),
    ],
)
def test_rows_are_counted_and_added_up(ask: Ask, question: str, answer: str) -> None:
    assert ask("sales", question) == answer


def test_what_is_computed_names_its_column_its_rows_and_their_place(ask: Ask) -> None:
    told = ask("sales", "What is the total amount in the North?", whole=True)
    assert told == "12.6 (sum of amount; 2 of 6 rows, region: North) [row 2] to [row 4]"


@pytest.mark.parametrize(
    "question",
    [
        "What is the total discount in the North?",
        "What is the total amount in the West?",
        "How many sales were cancelled in the South?",
        "How many customers are there?",
        "How many sales cost more than 10?",
        "How many sales were made after 2024?",
        "How many sales were made in North or were paid?",
        "How many sales are not in the North?",
        "What is the amount percentage of the North?",
        "What is the highest price?",
        "Was anything sold in the North?",
        "Why did the South sell most?",
        "How many rows are there?",  # told as they are numbered, with the header
        "What happened in February?",
    ],
)
def test_what_the_table_does_not_name_is_left(ask: Ask, question: str) -> None:
    assert ask("sales", question) is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many boats have 4 oars?", "2 of 3 rows, oars: 4"),
        ("Which boat has the highest tons?", "Tern"),
        ("What is the port of the Auk?", "Holm"),
        ("What is the deck length of the Tern?", "14"),
        ("How many boats are there in Skerry?", "2 of 3 rows, port: Skerry"),
    ],
)
def test_a_list_of_records_is_a_table(ask: Ask, question: str, answer: str) -> None:
    assert ask("boats", question) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the wage of Ann Rook?", "12.5"),
        ("How many boats are there?", "2 rows"),
        ("What is the average wage of the crew?", "11.1667"),
    ],
)
def test_a_dump_has_tables(ask: Ask, question: str, answer: str) -> None:
    assert ask("crew", question) == answer


@pytest.mark.parametrize(
    ("name", "question", "answer"),
    [
        ("pod", "What image does the sidecar container use?", "tide/lamp:0.2"),
        ("pod", "What is the memory limit of the api container?", "64Mi"),
        ("pod", "What is the memory request of the api container?", "32Mi"),
        ("pod", "What is the memory limit of the sidecar?", "16Mi"),
        ("pod", "How many replicas does the harbour deployment have?", "2"),
        ("pod", "Which port does the harbour service expose?", "80"),
        ("pod", "What nodePort does the harbour service use?", "30080"),
        ("pod", "What is LAMP_COLOUR set to in the api container?", "green"),
        ("compose", "Which port does the web service publish?", "8080:80"),
        ("compose", "What image does the web service use?", "tide/web:3"),
        ("compose", "What is the image of web-admin?", "tide/admin:1"),
        ("compose", "Which services are defined?", "web, web-admin, store"),
        ("compose", "How many services are defined?", "3: web, web-admin and store"),
        ("compose", "What is LAMP set to?", "on"),
        ("build", "What is the line-length of lamp?", "96"),
        ("build", "Which rules does lamp use?", "A1, B2"),
        ("build", "Which version of sail is locked?", "4.0.1"),
        ("build", "Which rules are locked for lamp?", "A1, B2"),
        ("lamp", "What is the colour of the lamp?", "green"),
        ("lamp", "What is the max lamp size?", "40"),
        ("station", "Which port does the fire pump use?", "8006"),
        ("station", "What is the version of the station?", "3.1"),
    ],
)
def test_a_key_is_found_by_all_its_names(ask: Ask, name: str, question: str, answer: str) -> None:
    assert ask(name, question) == answer


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("pod", "What image does the proxy container use?"),
        ("pod", "What is the memory usage of the api container?"),
        ("pod", "What is the cpu limit of the api container?"),
        ("pod", "Is the api container green?"),
        ("compose", "What image does the cache service use?"),
        ("compose", "What is the image size of the web service?"),
        ("build", "Which version of anchor is locked?"),
        ("lamp", "What is the colour of the mast?"),
    ],
)
def test_keys_that_are_not_there_are_left(ask: Ask, name: str, question: str) -> None:
    assert ask(name, question) is None


def test_a_key_with_several_values_is_told_unsurely_with_all_of_them(library: Library) -> None:
    (row,) = (row for row in library.store.documents() if row["name"] == "lamp")
    found = data_answer(library.store, row, None, "What is the colour?")
    assert found is not None
    assert found.confidence == UNSURE
    assert [line.line for line in found.evidence] == [3, 6]
    assert "green (lamp.colour)" in found.text


def test_the_line_is_cited(ask: Ask, library: Library) -> None:
    assert ask("station", "Which port does the fire pump use?", whole=True) == (
        "8006 (port; name: fire) [page 1, line 5]"
    )
    told = library.ask("What image does the web service use?", documents=["compose"])
    assert (told["kind"], told["found"], told["evidence"][0]["line"]) == ("data", True, 3)


def test_values_of_toml_run_over_lines() -> None:
    text = 'a = [\n  {b = "]"}, # }\n  {b = "x"},\n]\nc = """\nx = [\n"""\nd.e = 1\n'
    (tree,) = trees_of("toml", text)
    assert [node.line for node in tree.children.values()] == [1, 5, 8]
    assert tree.children["c"].scalar == "x = [\n"
    record = "[[p]]\nf = [\n" + "  {a = 1},\n" * 60 + "]\n"
    assert len(trees_of("toml", record * 99)[0].children["p"].items) == 99


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("json", '{"a": [1, {"b": "x"]}'),
        ("json", "[" * 5_000),
        ("yaml", "a: [1\nb: : :"),
        ("yaml", "a: &a [x, x]\n" + "".join(f"k{n}: &k{n} [*a, *a]\n" for n in range(3)) + "]"),
        ("toml", "a = [1,\nb = 2"),
        ("xml", "<a><b></a>"),
        ("xml", '<!DOCTYPE a [<!ENTITY e "xx">]><a>&e;</a>'),
    ],
)
def test_what_is_damaged_gives_no_tree(form: str, text: str) -> None:
    assert trees_of(form, text) == []


def test_anchors_that_stand_for_very_much_are_refused() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    assert trees_of("yaml", "\n".join(lines)) == []


def test_statements_keep_quotes_and_brackets() -> None:
    told = statements(DUMP)
    assert told["boats"] == (["id", "name"], [(["1", "Gull; 'the' old"], 82), (["2", "Tern"], 131)])
    assert told["crew"][0] == ["id", "boat_id", "full_name", "wage"]


def test_pieces_of_names_are_no_operations() -> None:
    assert DataQuestion("What is the total_bill?").operations == {}
    assert [*DataQuestion("What is the total of total_bill?").operations.values()] == ["sum"]


def test_blocks_and_keys_without_an_end_take_linear_time() -> None:
    began = time.process_time()
    statements("copy t (a) from stdin;\n" * 20_000)
    assert trees_of("toml", "a." * 200_000 + "a = 1") == []
    assert time.process_time() - began < 5

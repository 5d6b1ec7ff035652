"""What ten languages define, by their grammars: names, lines, kinds, comments, declarations."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from infinidoc.code.definitions import definitions, opening, remarks, signature_of
from infinidoc.code.lookup import defined_as
from infinidoc.code.source import Source
from infinidoc.library import Library
from infinidoc.trees import grammars
from infinidoc.trees.syntax import parsed
from infinidoc.trees.tags import Symbol

CPP = """\
#define SEA_API __attribute__((visibility("default")))
namespace tide {
  /// A gauge at sea.
  class SEA_API Gauge : public Base {
   public:
    Gauge(int depth = 3, bool wet = true) : depth_(depth) {}
    ~Gauge();
    /** Reads it once. \\param times how often */
    virtual double read(int times, double unit = 1.5) const = 0;
    bool operator==(const Gauge& other) const { return true; }
    int (*callback)(int);
  };
}
/* Rises
   by so much. */
template <typename T>
T rise(T by) {
  std::lock_guard<std::mutex> lock(mutex);
  auto twice = [](int of = 2) { return of; };
  return by;
}
SEA_API double* tide::Gauge::level(
    int times, // how often
    double unit) const { return 0; }
template <> struct Box<int> { };
enum class Level { Low, High };
using Depths = std::vector<int>;
struct Forward;
int peek(const Gauge& g) SEA_UNUSED;
"""
SOURCES = {
    "a.cpp": (
        CPP,
        "1 constant SEA_API, 4 class Gauge, 6 function Gauge, 7 function ~Gauge, 9 function read, "
        "10 function operator==, 17 function rise, 22 function level, 25 struct Box, "
        "26 enum Level, 27 type Depths, 29 function peek",
    ),
    "a.h": (
        "#ifndef A\n#define A\n#define CLAMP(x) (x)\nint\nrise(int class);\n"
        "typedef struct gauge { int new; } gauge_t;\n#endif\n",
        "3 macro CLAMP, 5 function rise, 6 struct gauge, 6 type gauge_t",
    ),
    "b.h": (
        "namespace tide { class Gauge { int rise(int by = 2); }; }\n",
        "1 class Gauge, 1 function rise",
    ),
    "a.cs": (
        'namespace Tide\n{\n    /// <summary>\n    /// Reads a <see cref="T:Sea"/> at once.\n'
        '    /// </summary>\n    [Obsolete(\n        "later")]\n    public class Gauge<T> : Base\n'
        "    {\n        public Gauge(int depth = 3) { }\n        public int Depth { get; set; }\n"
        "#if ASYNC\n        public async Task<int> Read(\n#else\n        public int ReadAll(\n"
        '#endif\n            int times, string unit = "cm") { return 1; }\n    }\n'
        "    public record Wave(int Height = 2);\n    enum Level { Low }\n"
        "    interface IRead { int Look(); }\n    delegate void Rise(int by);\n}\n",
        "8 class Gauge, 10 constructor Gauge, 11 property Depth, 13 method Read, "
        "15 method ReadAll, 19 record Wave, 20 enum Level, 21 interface IRead, "
        "21 method Look, 22 delegate Rise",
    ),
    "a.rb": (
        "# frozen_string_literal: true\nmodule Tide\n  # A gauge at sea.\n"
        "  class Sea::Gauge < Base\n    # Reads it.\n"
        '    def read(times, unit = "cm", scale: 2)\n    end\n    def self.dry?; end\n'
        "    def depth=(value); end\n    alias peek read\n"
        "    define_method(:made) { 1 }\n    private def hidden; end\n  end\n"
        "  Point = Struct.new(:x)\nend\n",
        "2 module Tide, 4 class Gauge, 6 method read, 8 method dry?, 9 method depth=, "
        "10 method peek, 11 method made, 12 method hidden, 14 class Point",
    ),
    "a.php": (
        "<?php\nnamespace Sea;\n/**\n * A gauge at sea.\n */\n#[Attr]\n"
        "final class Gauge extends Base {\n    private $f = 1;\n"
        "    public function __construct(private int $x = 2, string $unit = 'cm') {}\n"
        "    /** Reads it. */\n    static function &read(int $times) { }\n}\n"
        "interface Reads {}\ntrait Wet {}\nenum Level: string {}\n"
        "function rise($by = 3) { $f = function ($a = 1) {}; }\n",
        "7 class Gauge, 9 method __construct, 11 method read, 13 interface Reads, "
        "14 trait Wet, 15 enum Level, 16 function rise",
    ),
    "bin/tide": (
        "#!/usr/bin/env bash\n# Reads the gauge.\nread_gauge() {\n  echo 'function no() {'\n}\n"
        "function rise { echo; }\n",
        "3 function read_gauge, 6 function rise",
    ),
    "a.kt": (
        "/** A gauge at sea. */\n@Mark\ndata class Gauge(val depth: Int = 3) : Base() {\n"
        "    /** Reads it. */\n    suspend fun read(times: Int, deep: Boolean = false): Int {\n"
        "        return 1\n    }\n    companion object { fun open() = 1 }\n"
        "    enum class Level { LOW }\n}\ninterface Reads {\n    fun look()\n}\n"
        "fun String.rise(by: Int = 2): Int = by\ntypealias Depths = List<Int>\nobject Sea\n",
        "3 class Gauge, 5 function read, 8 function open, 9 enum Level, 11 interface Reads, "
        "12 function look, 14 function rise, 15 type Depths, 16 object Sea",
    ),
    "a.swift": (
        "/// A gauge at sea.\n@available(iOS 13, *)\npublic final class Gauge<T>: Base {\n"
        "    init(depth: Int = 3) {}\n    /// Reads it.\n    ///\n    /// - Returns: The level.\n"
        "    public func read(_ times: Int, in unit: Unit = .cm) -> Int { 1 }\n}\n"
        "struct Drop { enum Level { case low } }\nprotocol Reads {\n    func look()\n}\n"
        "extension Gauge { func extra() {} }\nactor Sea {}\ntypealias Depths = [Int]\n",
        "3 class Gauge, 4 constructor init, 8 function read, 10 struct Drop, 10 enum Level, "
        "11 protocol Reads, 12 function look, 14 function extra, 15 class Sea, 16 type Depths",
    ),
    "a.lua": (
        "local Gauge = {}\n--- Reads it.\nfunction Gauge.read(times) end\n"
        "function Gauge:deep() return 1 end\nlocal function rise(by) end\n"
        "Gauge.made = function(a) end\n"
        "local t = { key = function() end }\nlocal s = 'function no() end'\n",
        "3 function read, 4 function deep, 5 function rise, 6 function made, 7 function key",
    ),
    "a.scala": (
        "/** A gauge at sea. */\nfinal case class Gauge[T](depth: Int = 3) extends Base {\n"
        '  /** Reads it. */\n  def read(times: Int, unit: String = "cm"): Int = 1\n}\n'
        "object Gauge { def apply(a: Int): Gauge = ??? }\ntrait Reads { def look(): Unit }\n"
        "type Depths = List[Int]\n",
        "2 class Gauge, 4 function read, 6 object Gauge, 6 function apply, 7 trait Reads, "
        "7 function look, 8 type Depths",
    ),
    "b.cpp": (
        "namespace sea { class Gauge { public: Gauge(); int rise(int by = 2) const; }; }\n"
        "const int DEEP = 3;\nint fall() { const int by = 1; static int no = 2; return by; }\n",
        "1 class Gauge, 1 function Gauge, 1 function rise, 2 constant DEEP, 3 function fall",
    ),
    "b.c": (
        "#ifndef B\n#define B\n#define MOST 4\n#endif\nint level = 2, *at = 0;\n"
        "static const char names[] = {1};\nint rise() { int by = 1; return by; }\n",
        "3 constant MOST, 5 variable level, 5 variable at, 6 constant names, 7 function rise",
    ),
    "b.go": (
        "package b\nconst (\n\tMost = 4\n\tleast\n)\nvar level = 2\ntype Gauge struct{}\n"
        "type Reads interface { Read() int }\ntype Depth int\n"
        "func (g *Gauge) Rise() { const no = 1; var neither = 2 }\n",
        "3 constant Most, 4 constant least, 6 variable level, 7 struct Gauge, 8 interface Reads, "
        "8 method Read, 9 type Depth, 10 method Rise",
    ),
    "b.rs": (
        'const MOST: u8 = 4;\npub static NAME: &str = "x";\npub struct Gauge<T>(T);\n'
        "enum Level { Low }\npub trait Reads { fn read(&self); }\n"
        "impl<T> io::Reads for &Gauge<T> { fn read(&self) { const NO: u8 = 1; } }\n",
        "1 constant MOST, 2 constant NAME, 3 struct Gauge, 4 enum Level, 5 trait Reads, "
        "5 function read, 6 implementation Reads, 6 function read",
    ),
    "B.java": (
        "class B {\n  private static final int MOST = 4;\n  int no = 1;\n"
        "  void rise() { final int neither = 2; }\n}\n",
        "1 class B, 2 constant MOST, 4 method rise",
    ),
    "b.ts": (
        "export const most = 4, least = 1;\nlet level;\nvar path = require('path');\n"
        "class Gauge { static kept = 2; #depth() {} #rise = () => 1; no = 1 }\n"
        "const Shown = React.memo(function Shown() { const neither = 1; });\n"
        "describe('x', () => { const nor = 2; });\n",
        "1 constant most, 1 constant least, 2 variable level, 4 class Gauge, 4 constant kept, "
        "4 function #depth, 4 function #rise, 5 constant Shown",
    ),
    "b.rb": (
        "MOST = 4\nmodule Sea\n  LEAST = 1\n  def rise!; end\n  def dry?; no = 1; end\nend\n",
        "1 constant MOST, 2 module Sea, 3 constant LEAST, 4 method rise!, 5 method dry?",
    ),
    "b.php": (
        "<?php\nconst MOST = 4;\nclass Gauge { const LEAST = 1; function rise() { $no = 1; } }\n",
        "2 constant MOST, 3 class Gauge, 3 constant LEAST, 3 method rise",
    ),
    "b.cs": (
        "class B { const int Most = 4; static readonly int Least = 1; int no = 2; }\n",
        "1 class B, 1 constant Most, 1 constant Least",
    ),
    "b.kt": (
        "const val MOST = 4\ninterface Tidal { fun ebb(): Int }\nobject Harbour { fun open() {} }\n"
        "enum class Level { LOW; fun hex() = 1 }\nclass Last { fun end() { val no = 1 } }\n",
        "1 constant MOST, 2 interface Tidal, 2 function ebb, 3 object Harbour, 3 function open, "
        "4 enum Level, 4 function hex, 5 class Last, 5 function end",
    ),
    "b.swift": (
        "let most = 4\nvar level = 2\nstruct S { static let least = 1\n"
        "  func rise() { let no = 1 } }\nextension S { func fall() {} }\n",
        "1 constant most, 2 variable level, 3 struct S, 3 constant least, 4 function rise, "
        "5 function fall",
    ),
    "A.java": (
        "/** A gauge at sea. */\n@Deprecated\npublic class Gauge {\n  Gauge(int depth) {}\n}\n"
        "enum Level { LOW }\nrecord Wave(int height) {}\n@interface Mark {}\n",
        "3 class Gauge, 4 constructor Gauge, 6 enum Level, 7 record Wave, 8 annotation Mark",
    ),
}


def found(path: str, name: str) -> Symbol:
    return next(one for one in definitions(SOURCES[path][0], True, path) if one.name == name)


@pytest.mark.parametrize("path", SOURCES)
def test_what_a_language_defines(path: str) -> None:
    text, wanted = SOURCES[path]
    known = [f"{one.line + 1} {one.kind} {one.name}" for one in definitions(text, True, path)]
    assert sorted(known) == sorted(wanted.split(", "))


@pytest.mark.parametrize(
    ("path", "name", "doc"),
    [
        ("a.cpp", "Gauge", "A gauge at sea."),
        ("a.cpp", "read", "Reads it once."),
        ("a.cpp", "rise", "Rises by so much."),
        ("a.cs", "Gauge", "Reads a Sea at once."),
        ("a.rb", "Gauge", "A gauge at sea."),
        ("a.rb", "read", "Reads it."),
        ("a.php", "Gauge", "A gauge at sea."),
        ("a.php", "read", "Reads it."),
        ("bin/tide", "read_gauge", "Reads the gauge."),
        ("a.kt", "Gauge", "A gauge at sea."),
        ("a.kt", "read", "Reads it."),
        ("a.swift", "Gauge", "A gauge at sea."),
        ("a.swift", "read", "Reads it."),
        ("a.lua", "read", "Reads it."),
        ("a.scala", "read", "Reads it."),
        ("A.java", "Gauge", "A gauge at sea."),
    ],
)
def test_the_comment_above_says_what_it_does(path: str, name: str, doc: str) -> None:
    assert found(path, name).doc == doc


@pytest.mark.parametrize(
    ("path", "name", "defaults"),
    [
        ("a.cpp", "read", {"unit": "1.5"}),
        ("a.cpp", "Gauge", {"depth": "3", "wet": "true"}),  # of what makes one
        ("a.cpp", "rise", {}),  # its lambda has one
        ("a.cs", "ReadAll", {"unit": '"cm"'}),
        ("a.cs", "Wave", {"Height": "2"}),
        ("a.cs", "Gauge", {"depth": "3"}),
        ("a.rb", "read", {"unit": '"cm"', "scale": "2"}),
        ("a.php", "Gauge", {"x": "2", "unit": "'cm'"}),
        ("a.php", "rise", {"by": "3"}),
        ("a.kt", "Gauge", {"depth": "3"}),
        ("a.kt", "read", {"deep": "false"}),
        ("a.swift", "Gauge", {"depth": "3"}),
        ("a.swift", "read", {"unit": ".cm"}),
        ("a.scala", "Gauge", {"depth": "3"}),
        ("a.scala", "read", {"unit": '"cm"'}),
    ],
)
def test_parameters_have_defaults(path: str, name: str, defaults: dict[str, str]) -> None:
    assert found(path, name).defaults == defaults


@pytest.mark.parametrize(
    ("path", "name", "declared"),
    [
        ("a.cpp", "rise", "template <typename T> T rise(T by)"),
        ("a.cpp", "level", "double* tide::Gauge::level(int times, double unit) const"),
        ("a.cpp", "read", "virtual double read(int times, double unit = 1.5) const = 0"),
        ("a.cs", "Gauge", "public class Gauge<T> : Base"),
        ("a.cs", "Rise", "delegate void Rise(int by)"),
        ("a.rb", "read", 'def read(times, unit = "cm", scale: 2)'),
        ("a.php", "Gauge", "final class Gauge extends Base"),
        ("bin/tide", "read_gauge", "read_gauge()"),
        ("a.kt", "read", "suspend fun read(times: Int, deep: Boolean = false): Int"),
        ("a.kt", "rise", "fun String.rise(by: Int = 2): Int"),
        ("a.swift", "Gauge", "public final class Gauge<T>: Base"),
        ("a.lua", "deep", "function Gauge:deep()"),
        ("a.scala", "Gauge", "final case class Gauge[T](depth: Int = 3) extends Base"),
    ],
)
def test_a_signature_ends_where_the_body_begins(path: str, name: str, declared: str) -> None:
    assert signature_of(found(path, name), SOURCES[path][0]) == declared


def test_all_that_stands_above_is_remarked() -> None:
    read = found("a.swift", "read")
    assert "Returns: The level." in remarks(SOURCES["a.swift"][0], read.line, read.first)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("a.cpp", "Gauge rise level Box Level Depths peek"),
        ("a.cs", "Gauge Wave Level IRead Rise"),
        ("a.rb", "Tide Gauge Point"),
        ("a.kt", "Gauge Reads rise Depths Sea"),
    ],
)
def test_what_stands_in_a_namespace_stands_as_at_the_margin(path: str, names: str) -> None:
    known = {one.name for one in definitions(SOURCES[path][0], path=path)}
    assert known == set(names.split())


@pytest.mark.parametrize(
    ("path", "name", "owners"),
    [
        ("a.cpp", "level", ("tide", "Gauge")),
        ("a.cpp", "read", ("tide", "Gauge")),
        ("a.cs", "Read", ("Gauge",)),
        ("a.rb", "read", ("Tide", "Sea", "Gauge")),
        ("a.swift", "extra", ("Gauge",)),
        ("b.go", "Rise", ("Gauge",)),
        ("b.go", "Read", ("Reads",)),
        ("b.rs", "Reads", ()),
        ("b.kt", "ebb", ("Tidal",)),
        ("b.ts", "#depth", ("Gauge",)),
    ],
)
def test_a_tree_tells_what_something_belongs_to(
    path: str, name: str, owners: tuple[str, ...]
) -> None:
    assert found(path, name).owners == owners


def test_a_file_is_opened_by_what_it_is_about() -> None:
    rights = "// Copyright 2020 A. Author\n// All rights reserved.\n\n"
    texts = (
        rights + "// Reads the gauges.\n#include <x>\n",
        "<?php\ndeclare(strict_types=1);\n/*\n * Copyright A\n */\n/*\n Reads the gauges.\n*/\n",
        "# frozen_string_literal: true\n\n# Reads the gauges.\n",
    )
    for text in texts:
        said = opening(text)
        assert said is not None
        assert said.doc == "Reads the gauges."
    assert opening(rights + "int x;\n") is None


def source(files: dict[str, str]) -> Source:
    common = {"label": None, "line": 1, "start": 0}
    pages = [
        {**common, "number": number, "path": path, "text": text, "end": len(text)}
        for number, (path, text) in enumerate(files.items())
    ]
    return Source(lambda: pages, "doc")


def test_a_declaration_explains_what_is_defined_elsewhere() -> None:
    header = "class Gauge {\n  /// Reads it once.\n  int read(int times = 1);\n};\n"
    body = '#include "g.h"\nint Gauge::read(int times) {\n  return 1;\n}\n'
    known = defined_as("read", source({"g.h": header, "g.cc": body}))
    assert [(one.evidence.where(), one.found.declared) for one in known] == [
        ("g.h:3", True),
        ("g.cc:2", False),
    ]
    assert known[0].remark == "Reads it once."


def test_what_is_written_of_a_definition_defines_nothing() -> None:
    assert not defined_as("rise", source({"README.md": "```\ndef rise(by):\n```\n"}))


def test_a_folder_of_cpp_is_asked_where_something_is(tmp_path: Path, tiny_model: Path) -> None:
    folder = tmp_path / "sea"
    folder.mkdir()
    (folder / "gauge.hpp").write_text("namespace sea {\n\n/// A gauge.\nint rise(int by = 2);\n}\n")
    (folder / "gauge.cxx").write_text("int sea::rise(int by) {\n  return by;\n}\n")
    for path, (text, _) in SOURCES.items():
        (folder / path.rsplit("/", 1)[-1]).write_text(text)
    with Library(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(folder)
        where = library.ask("Where is sea::rise defined?")["answer"]
        assert "gauge.cxx:1: function rise" in where
        assert "gauge.hpp" not in where  # only declared there
        assert "a.kt" not in where
        where = library.ask("Where is rise defined?")["answer"]
        assert {"gauge.cxx:1: function rise", "a.kt:14: function rise"} <= set(where.split("\n"))
        for path, name in (("a.cs", "Depth"), ("a.rb", "hidden"), ("a.swift", "Drop")):
            line = found(path, name).line + 1
            answer = library.ask(f"Where is {name} defined?")["answer"]  # types come first
            assert any(told.startswith(f"{path}:{line}: ") for told in answer.split("\n"))
        answer = library.ask("What is the default of the Height argument of Wave?")["answer"]
        assert answer.startswith("2 ")


def test_what_takes_a_grammar_too_long_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comments begun in comments take some grammars time that grows with their square and more."""
    monkeypatch.setattr(grammars, "LONGEST", 0.2)
    began = time.monotonic()
    assert parsed("/*" * 3000, "a.swift") is None
    assert time.monotonic() - began < 5
    assert [one.name for one in parsed("func kept() {}", "a.swift") or []] == ["kept"]

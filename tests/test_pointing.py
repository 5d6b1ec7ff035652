"""The reader that points: exact places, one softmax over passages, one file of eight bits."""

from __future__ import annotations

import json
import math
from pathlib import Path
from random import Random

import pytest
import torch

from infinidoc.answering.answer_spans import predict_spans, tidy_span
from infinidoc.errors import ModelError
from infinidoc.model.quantized import GROUP, as_stored, quantized, restored
from infinidoc.pointing.encoder import Encoder, Shape, distance_buckets
from infinidoc.pointing.file import load_pointer, read_encoder, save_pointer
from infinidoc.pointing.pieces import Pieces, side_by_side
from infinidoc.pointing.pointer import Pointer, span_weights
from infinidoc.pointing.pretrained import read_pretrained
from infinidoc.training.pointed import Asked, among, places_of
from infinidoc.training.pointing import joint_loss, stored, targets
from infinidoc.training.reading import placed
from infinidoc.training.synthetic import contract, table
from infinidoc.training.synthetic_log import log
from tests import tiny

VOCABULARY, SHAPE = tiny.VOCABULARY, tiny.pointer().encoder.shape
TEXT = "Café Ünal opened on 3 May 1884, in Łódź;\n\tits ﬁrst owner was “A. Novák”. 東京 too."


@pytest.fixture
def pointer() -> Pointer:
    return tiny.pointer()


def test_pieces_stand_where_the_text_says() -> None:
    """Every piece is the characters of its place, whatever accents and marks do to it."""
    (row,) = Pieces(VOCABULARY).rows("When?", [TEXT])
    assert row.ids[row.first :].count(Pieces(VOCABULARY).separator) == 1
    places = row.places
    assert all(0 <= low < high <= len(TEXT) for low, high in places)
    assert [p for p in places if TEXT[p[0] : p[1]].isspace()] == []
    year = [place for place in places if 20 <= place[0] < 30]
    assert TEXT[year[0][0] : year[-1][1]] in TEXT
    covered = {at for low, high in places for at in range(low, high)}
    assert {at for at, letter in enumerate(TEXT) if not letter.isspace()} == covered


def test_a_long_passage_is_read_in_windows_that_overlap() -> None:
    text = "word " * 300
    rows = Pieces(VOCABULARY).rows("Which?", [text, "short", ""], longest=100)
    assert {row.passage for row in rows} == {0, 1}
    assert all(len(row.ids) <= 100 for row in rows)
    seen = {place for row in rows if row.passage == 0 for place in row.places}
    assert len(seen) == 1200  # four letters of every word


def test_a_batch_gives_what_each_row_gives_alone(pointer: Pointer) -> None:
    rows = pointer.pieces.rows("Who was it?", [TEXT, "A. Novák.", "Nobody knows it, 1884."])
    start, end, _ = pointer.scores(rows)
    for index, row in enumerate(rows):
        alone, last, _ = pointer.scores([row])
        assert torch.allclose(start[index, : len(row.ids)], alone[0], atol=1e-4)
        assert torch.allclose(end[index, : len(row.ids)], last[0], atol=1e-4)
    assert (start[:, 0] == 0).all()
    assert (end[:, 0] == 0).all()


def test_attention_taught_is_attention_used(pointer: Pointer) -> None:
    rows = side_by_side(pointer.pieces.rows("Who?", [TEXT, "A short one."]))
    used, _ = pointer.encoder(rows.ids, rows.kinds, rows.lengths)
    pointer.encoder.train()
    taught, _ = pointer.encoder(rows.ids, rows.kinds, rows.lengths)
    inside = rows.inside
    assert torch.allclose(used[inside], taught[inside], atol=1e-4)


def test_spans_and_nowhere_share_one_softmax(pointer: Pointer) -> None:
    """As counted pair by pair over both passages."""
    texts = ["A. Novák was the first.", "It opened in 1884."]
    rows = pointer.pieces.rows("Who?", texts)
    start, end = (scores.detach() for scores in pointer.scores(rows)[:2])
    weights = {}
    for index, row in enumerate(rows):
        for first in range(row.first, row.last):
            for last in range(first, row.last):
                low, high = row.places[first - row.first][0], row.places[last - row.first][1]
                weights[index, low, high] = math.exp(start[index, first] + end[index, last])
    total = 1 + sum(weights.values())
    found = pointer.point("Who?", texts)
    assert found.nowhere == pytest.approx(1 / total, rel=1e-3)
    best = max(weights, key=weights.__getitem__)
    assert (found.spans[0].passage, found.spans[0].start, found.spans[0].end) == best
    assert found.spans[0].probability == pytest.approx(weights[best] / total, rel=1e-3)


def test_no_span_begins_outside_the_passage(pointer: Pointer) -> None:
    rows = pointer.pieces.rows("Who was the very first?", [TEXT])
    weights = span_weights(*pointer.scores(rows))
    assert torch.isinf(weights[0, : rows[0].first]).all()
    assert pointer.point("Who?", ["", "  "]).nowhere == 1.0


def test_eight_bits_are_close_and_the_file_holds_all(pointer: Pointer, tmp_path: Path) -> None:
    path = tmp_path / "pointer.safetensors"
    save_pointer(path, pointer.encoder, pointer.pieces, {"refusal": 0.4, "calibration": [1.0]})
    again = load_pointer(path)
    assert (again.refusal, again.calibration, len(again.digest)) == (0.4, [1.0], 64)
    assert list(again.pieces.vocabulary) == VOCABULARY
    rows = pointer.pieces.rows("Who?", [TEXT])
    before, after = pointer.scores(rows)[0], again.scores(rows)[0]
    assert torch.allclose(before[before.isfinite()], after[after.isfinite()], atol=0.25)
    encoder, pieces, header = read_encoder(path)
    save_pointer(path, encoder, pieces, header)
    assert load_pointer(path).digest == again.digest
    changed = bytearray(path.read_bytes())
    changed[-7] ^= 1
    path.write_bytes(changed)
    with pytest.raises(ModelError, match="damaged"):
        load_pointer(path)


def test_four_bits_lose_little_and_are_half_the_bytes(tmp_path: Path) -> None:
    torch.manual_seed(0)
    values = torch.randn(6, 2 * GROUP) * torch.tensor([[1e-9, 1e-3, 1.0, 30.0, 0.0, 5.0]]).T
    values[5, 0] = 400.0  # one that the rest of its group must not suffer from alone
    for bits, most in ((8, 0.02), (4, 0.15)):
        numbers, scale = quantized(values, bits)
        again = restored(numbers, scale)
        lost = (again - values)[2:4].norm(dim=1) / values[2:4].norm(dim=1)
        assert (lost < most).all()
        assert torch.equal(again, as_stored(values, bits))
        assert torch.equal(again, as_stored(again, bits))
        assert torch.equal(again[4], torch.zeros(2 * GROUP))
    assert quantized(values, 4)[0].nbytes * 2 == quantized(values, 8)[0].nbytes
    encoder = Encoder(Shape(len(VOCABULARY), 400, width=64, inner=128, heads=4, depth=1))
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter)
    sizes = []
    for bits in (8, 4):
        save_pointer(tmp_path / f"{bits}", encoder, Pieces(VOCABULARY), {}, bits)
        sizes.append((tmp_path / f"{bits}").stat().st_size)
    assert sizes[1] < 0.8 * sizes[0]
    held, _, _ = read_encoder(tmp_path / "4")
    words = encoder.get_parameter("words.weight").detach()
    assert torch.equal(held.get_parameter("words.weight"), as_stored(words, 4))
    ids = torch.tensor([[3, 1, 3]])
    assert torch.equal(load_pointer(tmp_path / "4").encoder.words(ids), held.words(ids))


def test_what_is_taught_is_what_will_be_stored() -> None:
    """The loss is of rounded matrices, the step is taken by the exact ones."""
    encoder = Encoder(Shape(len(VOCABULARY), 400, width=64, inner=128, heads=4, depth=1))
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    weight, bias = (encoder.get_parameter(f"layers.0.up.{name}") for name in ("weight", "bias"))
    exact, before = weight.detach().clone(), bias.detach().clone()
    rows = side_by_side(Pieces(VOCABULARY).rows("Who?", [TEXT]))
    with stored(encoder, 4):
        assert torch.equal(weight, as_stored(exact, 4))
        assert torch.equal(bias, before)
        start, _ = encoder.train()(rows.ids, rows.kinds, rows.lengths)
        start[rows.inside].sum().backward()
    assert torch.equal(weight, exact)
    assert weight.grad is not None
    assert weight.grad.abs().sum() > 0
    with stored(encoder, 8):
        assert torch.equal(weight, exact)


def test_distances_share_a_bias_as_published() -> None:
    transformers = pytest.importorskip("transformers")
    theirs = transformers.models.mpnet.modeling_mpnet.MPNetEncoder.relative_position_bucket
    places = torch.arange(300)
    want = theirs(places[None] - places[:, None], num_buckets=32)
    assert torch.equal(distance_buckets(300, 32), want)


@pytest.mark.parametrize("kind", ["bert", "mpnet"])
def test_an_encoder_is_read_as_transformers_reads_it(kind: str, tmp_path: Path) -> None:
    """Its lower layers, too."""
    transformers = pytest.importorskip("transformers")
    sizes = {
        "vocab_size": SHAPE.vocabulary, "hidden_size": 24, "num_hidden_layers": 3,
        "num_attention_heads": 3, "intermediate_size": 32, "max_position_embeddings": 400,
    }  # fmt: skip
    if kind == "bert":
        config = transformers.BertConfig(**sizes)
        theirs = transformers.BertModel(config, add_pooling_layer=False).eval()
    else:
        config = transformers.MPNetConfig(**sizes)
        theirs = transformers.MPNetModel(config, add_pooling_layer=False).eval()
    theirs.save_pretrained(tmp_path)
    vocabulary = {piece: at for at, piece in enumerate(VOCABULARY)}
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocabulary}}))
    mine, pieces = read_pretrained(tmp_path, 2)
    assert list(pieces.vocabulary) == VOCABULARY
    rows = side_by_side(pieces.rows("Who?", [TEXT, "A short one."]))
    seen = torch.arange(rows.ids.shape[1]) < rows.lengths[:, None]
    more = {"token_type_ids": rows.kinds}
    if kind == "mpnet":  # its first two positions are no token's
        more = {"position_ids": torch.arange(rows.ids.shape[1])[None] + 2}
    want = theirs(rows.ids, seen.long(), output_hidden_states=True, **more).hidden_states[2]
    states: list[torch.Tensor] = []
    mine.layers[-1].register_forward_hook(lambda *given: states.append(given[2]))
    for taught in (False, True):
        mine.train(taught)(rows.ids, rows.kinds, rows.lengths)
        assert torch.allclose(states.pop()[seen], want[seen], atol=1e-4)
    with pytest.raises(ModelError, match="no encoder"):
        read_pretrained(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("text", "pointed", "wanted"),
    [
        ("It costs $1,250 a month.", "1,250", "$1,250"),
        ("Humidity was 45% then.", "45", "45%"),
        ("The kettles were new.", "kettle", "kettles"),
        ("They said (in 1884) so.", "1884)", "1884"),
        ('He cried "Land!" twice.', '"Land!"', "Land!"),
        ("It was f(x), he said.", "f(x)", "f(x)"),
        ("More than fifty percent (50%) of it.", "fifty percent (50%", "fifty percent (50%)"),
        ("Owner: Bertil Ask\nInspected by Olga Ray", "Bertil", "Bertil Ask"),
        ("Owner: Bertil Date: 3 May", "Bertil", "Bertil"),
        ("It was the red Ford Anglia.", "red", "red"),
        ("Paid by Halden Ltd., I hear.", "Halden Ltd.", "Halden Ltd"),
        ("Start it with ``--jobs N`` then.", "``--jobs N``", "--jobs N"),
        ("Start it with ``--jobs N`` then.", "jobs N``", "jobs N"),
        ("Either `a` or `b` will do.", "`a` or `b`", "`a` or `b`"),
        ("The default is -1 here.", "1", "-1"),
        ("Kept at (−40 °C) there.", "40", "−40 °C"),
        ("It took 3.5 hours.", "5", "3.5"),
        ("It cost 1,500 crowns.", "1", "1,500"),
        ("From 1914-1918 it was shut.", "1914", "1914"),
        ("At 2025-06-30T10:00:01Z it began.", "30T10:00:01Z", "2025-06-30T10:00:01Z"),
        ("2026-05-09 07:29:12 install git", "07:29", "2026-05-09 07:29:12"),
    ],
)
def test_an_answer_is_fit_to_read(text: str, pointed: str, wanted: str) -> None:
    at = text.index(pointed)
    start, end = tidy_span(text, at, at + len(pointed))
    assert text[start:end] == wanted


def test_the_runner_up_says_something_else(pointer: Pointer) -> None:
    passages = [placed("The ship sank in 1884.", 3), placed("It was found in 1902.", 9)]
    found = predict_spans(pointer, "When?", passages)
    assert found.answer is not None
    text = passages[found.answer.passage].text
    assert text[found.answer.start : found.answer.end] == found.answer.text
    assert 0 <= found.expected <= 1
    assert 0 <= found.nowhere <= 1
    other = found.runner_up
    if other is not None and other.passage == found.answer.passage:
        assert other.end <= found.answer.start or other.start >= found.answer.end


def test_no_answer_is_marks_alone(pointer: Pointer) -> None:
    found = predict_spans(pointer, "Who?", [placed(". . . , ! ? . — . .", 1)])
    assert not found.candidates


def test_letters_of_full_width_and_ligatures_are_read_as_plain_ones(pointer: Pointer) -> None:
    plain, wide = "The ship sank in 1884.", "The \uff53\uff48ip sank in 1884."
    found = [predict_spans(pointer, "When?", [placed(text, 1)]) for text in (plain, wide)]
    same = [[(one.start, one.end) for one in each.candidates] for each in found]
    assert same[0] == same[1]
    (soft,) = {
        one.text for one in predict_spans(pointer, "When?", [placed("of\ufb01ce", 1)]).candidates
    }
    assert soft == "of\ufb01ce"


def test_an_answer_never_goes_on_in_the_next_line_of_a_log(pointer: Pointer) -> None:
    log = "\n".join(f"2026-03-02T04:1{n}:58Z error disk {n} failed" for n in range(5))
    found = predict_spans(pointer, "What failed?", [placed(log, 1)])
    assert found.candidates
    assert not any("\n" in one.text.strip() for one in found.candidates)
    assert sum(one.probability for one in found.candidates) == pytest.approx(1)


def test_the_loss_is_of_the_whole_group() -> None:
    """Two passages of one question: the right start against all others and nowhere."""
    one = (torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.0]))
    other = (torch.tensor([3.0]), torch.tensor([2.0]))
    loss = joint_loss([one, other], [([1], [1]), ([], [])], [0, 0])
    starts = math.log(math.exp(1) + math.exp(2) + math.exp(3) + 1) - 2
    ends = math.log(1 + math.exp(1) + math.exp(2) + 1) - 1
    assert float(loss) == pytest.approx((starts + ends) / 2)
    refused = joint_loss([other], [([], [])], [7])
    assert float(refused) == pytest.approx(
        (math.log(1 + math.exp(3)) + math.log(1 + math.exp(2))) / 2
    )


def test_targets_are_the_pieces_of_the_answer() -> None:
    text = "It opened on 3 May 1884."
    (row,) = Pieces(VOCABULARY).rows("When?", [text])
    ((starts, ends),) = [targets(row, places_of("3 May 1884", [text]))]
    assert text[row.places[starts[0]][0] : row.places[ends[0]][1]] == "3 May 1884"


def test_answers_are_words_of_their_own_where_they_can_be() -> None:
    assert places_of("art", ["party art", "artful"]) == ((0, 6, 9),)
    assert places_of("art", ["party"]) == ((0, 1, 4),)
    mixed = among(Asked("x", "q", ("an art",), ((0, 3, 6),)), ["b", "c"], Random(1))
    ((passage, start, end),) = mixed.places
    assert mixed.passages[passage][start:end] == "art"
    assert sorted(mixed.passages) == ["an art", "b", "c"]


@pytest.mark.parametrize("make", [contract, table, log])
def test_made_up_texts_hold_their_answers(make) -> None:  # type: ignore[no-untyped-def]
    for seed in range(60):
        asked = make(Random(seed))
        assert make(Random(seed)) == asked
        for passage, start, end in asked.places:
            words = asked.passages[passage][start:end]
            assert words
            assert words == words.strip()
            assert "{" not in words + asked.question

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.document import Span, SpanKind
from translator.protection import MAX_PLACEHOLDERS, Placeholders, count_placeholders, find_lookalikes, resolve

TRAINED = Placeholders()
PLAIN = Placeholders(("XX1", "XX2", "XX3"))
KINDS: tuple[SpanKind, ...] = ("keep", "glossary", "entity")


def mark(text: str, *parts: str, kind: SpanKind = "entity") -> list[Span]:
    """Spans of the parts, looked for from left to right."""
    spans = []
    end = 0
    for part in parts:
        start = text.index(part, end)
        end = start + len(part)
        spans.append(Span(start, end, kind, "NAME"))
    return spans


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(st.text(st.sampled_from("abé1 .,'()⟦⟧\u00a0"), min_size=1, max_size=60))
    bounds = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(bounds, bounds, st.sampled_from(KINDS)), max_size=12))
    spans = [Span(min(first, second), max(first, second), kind, "X") for first, second, kind in pairs]
    return text, spans


@pytest.mark.parametrize(
    ("source", "mention", "label", "form", "target", "restored"),
    [
        ("La voiture coûte 188 $.", "188 $", "MONEY", "$188", "The car costs $⟦1⟧.", "The car costs $188."),
        ("La voiture coûte 188 $.", "188 $", "MONEY", "$188", "The car costs NT$⟦1⟧.", "The car costs $188."),
        ("La voiture coûte 188 $.", "188 $", "MONEY", "$188", "It costs ⟦1⟧ dollars.", "It costs $188."),
        ("Une hausse de 5 %.", "5 %", "PERCENT", "5%", "A rise of ⟦1⟧ percent.", "A rise of 5%."),
        ("Il vient à 21 heures.", "21 heures", "TIME", "9 p.m.", "He comes at ⟦1⟧.", "He comes at 9 p.m."),
        ("Il vient à 21 heures...", "21 heures", "TIME", "9 p.m.", "He comes at ⟦1⟧...", "He comes at 9 p.m...."),
        ("Un habit des années 70.", "années 70", "DATE", "70s", "A ⟦1⟧'s coat.", "A 70s coat."),
        ("Le 3 mai, il part.", "3 mai", "DATE", "May 3", "On the ⟦1⟧, he leaves.", "On May 3, he leaves."),
        ("Le 3 mai, il part.", "3 mai", "DATE", "May 3", "On May ⟦1⟧, he leaves.", "On May 3, he leaves."),
        ("Il vit à La Haye.", "La Haye", "PLACE", "The Hague", "He lives in The ⟦1⟧.", "He lives in The Hague."),
        ("Le lac Zorg est là.", "Zorg", "NAME", "Zorg", "The Zorg ⟦1⟧ is there.", "The Zorg is there."),
        ("Zorg Zorg est là.", "Zorg", "NAME", "Zorg", "Zorg ⟦1⟧ is there.", "Zorg Zorg is there."),
    ],
)
def test_what_the_form_says_already_is_not_said_twice(
    source: str, mention: str, label: str, form: str, target: str, restored: str
) -> None:
    start = source.rindex(mention)
    protected = TRAINED.protect(source, [Span(start, start + len(mention), "entity", label, (form,))])
    result = TRAINED.restore(target, protected, [form])
    assert result is not None
    assert result.text == restored
    assert [result.text[start:end] for start, end in result.ranges] == [form]


class TestResolve:
    def test_kind_goes_before_length_and_length_before_place(self) -> None:
        keep, term = Span(5, 8, "keep", ""), Span(0, 6, "glossary", "", ("a",))
        short, long, free = Span(9, 11, "entity", ""), Span(10, 20, "entity", ""), Span(30, 31, "entity", "")
        assert resolve([short, term, free, long, keep]) == (keep, long, free)

    def test_touching_spans_are_disjoint(self) -> None:
        spans = (Span(0, 2, "entity", ""), Span(2, 4, "glossary", ""))
        assert resolve(spans) == spans

    def test_overlapping_keep_spans_become_one_and_empty_ones_vanish(self) -> None:
        spans = [
            Span(4, 9, "keep", "code"),
            Span(0, 5, "keep", "mark"),
            Span(9, 12, "keep", "mark"),
            Span(3, 3, "keep", ""),
        ]
        assert resolve(spans) == (Span(0, 9, "keep", "mark"), Span(9, 12, "keep", "mark"))

    @given(texts_with_spans())
    def test_the_result_is_disjoint_sorted_and_loses_to_nothing_weaker(self, case: tuple[str, list[Span]]) -> None:
        _, spans = case
        resolved = resolve(spans)
        assert all(left.end <= right.start for left, right in itertools.pairwise(resolved))
        assert resolve(resolved) == resolved
        for span in spans:
            rivals = [other for other in resolved if other.start < span.end and span.start < other.end]
            assert span.start == span.end or any(KINDS.index(rival.kind) <= KINDS.index(span.kind) for rival in rivals)

    @given(texts_with_spans())
    def test_order_of_the_input_does_not_matter(self, case: tuple[str, list[Span]]) -> None:
        _, spans = case
        assert resolve(spans) == resolve(spans[::-1])


class TestLookalikes:
    @pytest.mark.parametrize("text", ["⟦1⟧", "⟦ 12 ⟧", "⟦\u00a0\u200b3⟧", "⟦⟧", "⟦①⟧", "⟦1, 2⟧"])
    def test_anything_bracketed_without_letters_is_one(self, text: str) -> None:
        assert find_lookalikes(f"Voir {text}.") == (Span(5, 5 + len(text), "keep", "placeholder"),)

    def test_words_and_lone_brackets_are_none(self) -> None:
        assert count_placeholders("⟦1 et 2⟧ [1] ⟦3 ou 4⟧ ⟦") == 0
        assert count_placeholders("⟦⟦1⟧⟧ puis ⟦2⟧") == 2

    def test_other_shapes_know_their_own(self) -> None:
        text = "Le XX1, le xx 2 et ⟦1⟧, mais pas XX12."
        assert [text[span.start : span.end] for span in PLAIN.find_lookalikes(text)] == ["XX1", "xx 2", "⟦1⟧"]
        assert TRAINED.count(text) == 1


class TestProtect:
    def test_placeholders_are_numbered_in_order_of_appearance(self) -> None:
        text = "L’OTAN écrit à Oslo."
        protected = TRAINED.protect(text, mark(text, "OTAN", "Oslo")[::-1])
        assert protected.text == "L’⟦1⟧ écrit à ⟦2⟧."
        assert [text[span.start : span.end] for span in protected.spans] == ["OTAN", "Oslo"]

    def test_a_placeholder_is_a_word(self) -> None:
        text = "H2O pèse 10kg(net)"
        assert TRAINED.protect(text, mark(text, "2", "10", "kg", "net")).text == "H ⟦1⟧ O pèse ⟦2⟧ ⟦3⟧(⟦4⟧)"

    def test_keep_and_glossary_take_the_places_first(self) -> None:
        text = "abcdefghij"
        spans = [Span(i, i + 1, "entity", "") for i in range(8)]
        spans += [Span(8, 9, "glossary", ""), Span(9, 10, "keep", "")]
        chosen = TRAINED.protect(" ".join(text), [Span(2 * s.start, 2 * s.start + 1, s.kind, "") for s in spans]).spans
        assert len(chosen) == MAX_PLACEHOLDERS
        assert [span.kind for span in chosen] == ["entity"] * 6 + ["glossary", "keep"]

    def test_a_model_without_placeholders_gets_its_text_back(self) -> None:
        text = "À Oslo."
        protected = Placeholders(()).protect(text, mark(text, "Oslo"))
        assert (protected.text, protected.spans) == (text, ())

    @pytest.mark.parametrize("shapes", [("a", "a"), ("a", ""), tuple("abcdefghi")])
    def test_shapes_are_few_and_distinct(self, shapes: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match="at most 8 different shapes"):
            Placeholders(shapes)


class TestRestore:
    source = "Le ministre de l’OTAN quitte Oslo, dit-on."
    protected = TRAINED.protect(source, mark(source, "OTAN", "Oslo"))

    @pytest.mark.parametrize(
        ("target", "expected"),
        [
            ("The ⟦1⟧ minister leaves ⟦2⟧, they say.", "The NATO minister leaves Oslo, they say."),
            ("From ⟦ 2 ⟧ goes the ⟦1 ⟧ minister", "From Oslo goes the NATO minister"),
            ("The⟦1⟧minister leaves⟦2⟧.", "The NATO minister leaves Oslo."),
            ("⟦2⟧⟦1⟧", "Oslo NATO"),
            ("They say,⟦1⟧(“⟦2⟧”) leaves", "They say,NATO (“Oslo”) leaves"),
            ("The ⟦1⟧s, (⟦2⟧'s)", "The NATOs, (Oslo's)"),
        ],
    )
    def test_forms_stand_as_words(self, target: str, expected: str) -> None:
        restored = TRAINED.restore(target, self.protected, ["NATO", "Oslo"])
        assert restored is not None
        assert restored.text == expected
        assert [restored.text[start:end] for start, end in restored.ranges] == ["NATO", "Oslo"]

    @pytest.mark.parametrize(
        "target",
        [
            "The minister leaves ⟦2⟧.",
            "⟦1⟧ ⟦2⟧ ⟦1⟧",
            "⟦1⟧ ⟦2⟧ ⟦3⟧",
            "⟦1⟧ ⟦2⟧ ⟦9⟧",
            "⟦1⟧ ⟦2⟧ ⟦⟧",
            "⟦1⟧ ⟦2⟧ ⟦3",
            "⟦1⟧ ⟦2",
            "",
        ],
    )
    def test_a_lost_doubled_or_stray_placeholder_refuses_the_target(self, target: str) -> None:
        assert TRAINED.restore(target, self.protected, ["NATO", "Oslo"]) is None

    def test_brackets_of_the_user_may_stay(self) -> None:
        text = "Le symbole ⟦ ouvre, dit Oslo."
        protected = TRAINED.protect(text, mark(text, "Oslo"))
        assert TRAINED.restore("The ⟦ sign opens, says ⟦1⟧.", protected, ["Oslo"]) is not None
        assert TRAINED.restore("The ⟦⟦ sign opens, says ⟦1⟧.", protected, ["Oslo"]) is None

    def test_what_was_glued_in_the_source_is_glued_again(self) -> None:
        text = "Du H2O, 10kg"
        protected = TRAINED.protect(text, mark(text, "2", "10", "kg"))
        restored = TRAINED.restore("Some H ⟦1⟧ O, ⟦2⟧ ⟦3⟧", protected, ["2", "10", "kg"])
        assert restored is not None
        assert restored.text == "Some H2O, 10kg"

    def test_a_form_may_look_like_a_placeholder(self) -> None:
        text = "Voir ⟦2⟧ et ⟦ 1 ⟧."
        protected = TRAINED.protect(text, find_lookalikes(text))
        assert protected.text == "Voir ⟦1⟧ et ⟦2⟧."
        restored = TRAINED.restore("See ⟦1⟧ and ⟦2⟧.", protected, ["⟦2⟧", "⟦ 1 ⟧"])
        assert restored is not None
        assert restored.text == "See ⟦2⟧ and ⟦ 1 ⟧."

    def test_forms_and_spans_go_together(self) -> None:
        with pytest.raises(ValueError, match="2 protected spans need as many forms, not 1"):
            TRAINED.restore("⟦1⟧", self.protected, ["NATO"])

    def test_other_shapes_in_another_case(self) -> None:
        protected = PLAIN.protect(self.source, mark(self.source, "OTAN", "Oslo"))
        restored = PLAIN.restore("The xx1 minister leaves XX 2.", protected, ["NATO", "Oslo"])
        assert restored is not None
        assert restored.text == "The NATO minister leaves Oslo."
        assert PLAIN.restore("The XX1 minister leaves XX2 and XX3.", protected, ["NATO", "Oslo"]) is None

    @given(texts_with_spans(), st.sampled_from([TRAINED, PLAIN]))
    def test_a_copying_model_gives_the_forms_in_place(
        self, case: tuple[str, list[Span]], placeholders: Placeholders
    ) -> None:
        text, spans = case
        protected = placeholders.protect(text, [*spans, *placeholders.find_lookalikes(text)])
        forms = [text[span.start : span.end] for span in protected.spans]
        restored = placeholders.restore(protected.text, protected, forms)
        if len(placeholders.find_lookalikes(protected.text)) == len(forms):
            assert restored is not None
            assert [restored.text[start:end] for start, end in restored.ranges] == forms
            assert "".join(restored.text.split()) == "".join(text.split())
        else:  # more lookalikes of the user's than there are placeholders
            assert restored is None

"""Teaches the copy symbols ⟦1⟧…⟦8⟧: names, numbers, addresses that stand on both sides, and words that differ.

A placeholder stands once on each side for what translates each other, so the model learns to carry it over.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

OPEN, CLOSE = "⟦", "⟧"
PLACEHOLDERS = tuple(f"{OPEN}{index}{CLOSE}" for index in range(1, 9))

_COUNTS = (1, 1, 2, 2, 3, 4, 6, 8)
"""How many of the candidates of a sentence are replaced, drawn from these: few are the rule, many must be met."""

_NAME = re.compile(
    r"(?<![\w'])[A-ZÀ-ÖØ-Þ][\w'.-]*\w"
    r"(?: (?:de |d'|du |la |von |van |al-|el-|Al |El |bin |ben )?[A-ZÀ-ÖØ-Þ][\w'.-]*\w)*"
)
_NUMBER = re.compile(r"https?://\S+|www\.\S+\w|\S+@\S+\.\w+|(?<![\w,.])\d[\d.,:/-]*\d(?!\w)|(?<![\w,.])\d(?!\w)")
_WORD = re.compile(r"[^\W\d_]{4,}")
_ENGLISH_WORD = re.compile(r"[^\W\d_]{3,}")
_MIN_NAME_CHARACTERS = 3
_MIN_TERM_COUNT = 5
_MIN_DICE = 0.1

Terms = Mapping[str, Mapping[str, float]]
"""French words with the English words that they occur with, and how closely (Dice)."""


def candidates(text: str) -> list[str]:
    """Names (not the lone first word of a sentence), numbers and addresses of `text`, each once, in order."""
    names = [
        match.group()
        for match in _NAME.finditer(text)
        if len(match.group()) >= _MIN_NAME_CHARACTERS and (match.start() or " " in match.group())
    ]
    return list(dict.fromkeys(names + [match.group() for match in _NUMBER.finditer(text)]))


def learn_terms(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, float]]:
    """How closely words of four French and three English letters and more occur together, by Dice's coefficient.

    Dice is 2·joint / (count of one + count of the other), over sentences; what is rare or loose is left out.
    """
    french: Counter[str] = Counter()
    english: Counter[str] = Counter()
    joint: Counter[tuple[str, str]] = Counter()
    for source, target in pairs:
        left, right = set(_WORD.findall(source)), set(_ENGLISH_WORD.findall(target))
        french.update(left)
        english.update(right)
        joint.update((f, e) for f in left for e in right)
    terms: dict[str, dict[str, float]] = {}
    for (f, e), count in joint.items():
        dice = 2 * count / (french[f] + english[e])
        if count >= _MIN_TERM_COUNT and dice >= _MIN_DICE:
            terms.setdefault(f, {})[e] = dice
    return terms


def linked_terms(french: str, english: str, terms: Terms) -> dict[str, str]:
    """Words of the pair that are each other's closest in it (competitive linking of the best: Melamed 2000)."""
    right = set(_ENGLISH_WORD.findall(english))
    scores = {f: {e: dice for e, dice in terms[f].items() if e in right} for f in _WORD.findall(french) if f in terms}
    best = {f: max(found, key=lambda e: (found[e], len(e), e)) for f, found in scores.items() if found}
    closest = {e: max(best, key=lambda f: scores[f].get(e, 0.0)) for e in best.values()}
    return {f: e for f, e in best.items() if closest[e] == f}


def with_placeholders(french: str, english: str, terms: Terms, chance: random.Random) -> tuple[str, str] | None:
    """The pair with up to eight of its common spans and known terms replaced, or None where it has none.

    The numbers rise from left to right in the French text, from any first one.
    """
    targets = {span: span for span in candidates(french)}
    targets = linked_terms(french, english, terms) | targets
    usable = [(f, e) for f, e in targets.items() if _stands_once(f, french) and _stands_once(e, english)]
    chance.shuffle(usable)
    chosen = _disjoint(usable, chance.choice(_COUNTS), french, english)
    if not chosen:
        return None
    chosen.sort(key=lambda span: french.index(span[0]))
    first = chance.choice((0, chance.randrange(len(PLACEHOLDERS) + 1 - len(chosen))))
    sides = zip(*chosen, strict=True)
    french, english = (_replaced(text, spans, first) for text, spans in zip((french, english), sides, strict=True))
    return french, english


def _replaced(text: str, spans: Sequence[str], first: int) -> str:
    """`text` with each span, in the order given, as the next placeholder; all at once, for ⟦3⟧ holds a 3."""
    places = sorted(
        (text.index(span), span, placeholder) for span, placeholder in zip(spans, PLACEHOLDERS[first:], strict=False)
    )
    out, end = "", 0
    for start, span, placeholder in places:
        out, end = out + text[end:start] + placeholder, start + len(span)
    return out + text[end:]


def _stands_once(span: str, text: str) -> bool:
    """Once as a whole word, and nowhere inside another."""
    return text.count(span) == 1 and re.search(rf"(?<!\w){re.escape(span)}(?!\w)", text) is not None


def _disjoint(spans: list[tuple[str, str]], count: int, french: str, english: str) -> list[tuple[str, str]]:
    """The first `count` spans that overlap no earlier one on either side."""
    chosen: list[tuple[str, str]] = []
    for span in spans:
        if len(chosen) == count:
            break
        if all(
            _apart(span[side], other[side], text) for other in chosen for side, text in enumerate((french, english))
        ):
            chosen.append(span)
    return chosen


def _apart(one: str, other: str, text: str) -> bool:
    first, second = text.index(one), text.index(other)
    return first + len(one) <= second or second + len(other) <= first


def mask(text: str, count: int, chance: random.Random) -> str | None:
    """`text` with `count` of its names, numbers and, if need be, words as placeholders; None if it has too few."""
    spans = [span for span in candidates(text) if _stands_once(span, text)]
    words = [word for word in dict.fromkeys(_WORD.findall(text)) if _stands_once(word, text)]
    chance.shuffle(spans)
    chance.shuffle(words)
    chosen = _disjoint([(span, span) for span in (*spans, *words)], count, text, text)
    if len(chosen) < count:
        return None
    return _replaced(text, sorted((span for span, _ in chosen), key=text.index), 0)

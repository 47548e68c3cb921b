"""The forms that a term takes in running text: its plurals, and the case of the words around it."""

from itertools import product

# French words of a term that carry no plural of their own.
_UNCHANGING = frozenset(
    ["à", "au", "aux", "avec", "de", "des", "du", "en", "et", "la", "le", "les", "ou", "par", "pour", "sur"]
)
_IRREGULAR = {
    "analysis": "analyses", "basis": "bases", "child": "children", "crisis": "crises", "foot": "feet",
    "man": "men", "mouse": "mice", "person": "people", "tooth": "teeth", "woman": "women",
}  # fmt: skip
_MAX_INFLECTED_WORDS = 4


def french_plurals(source: str) -> tuple[str, ...]:
    """Regular plurals of a term: of its first words, one to all (« chemins de fer », « cartes bancaires »), s or x."""
    words = source.split(" ")
    inflected = [place for place, word in enumerate(words) if word.lower() not in _UNCHANGING][:_MAX_INFLECTED_WORDS]
    plurals: list[str] = []
    for count in range(1, len(inflected) + 1):
        options = [_word_plurals(word) if place in inflected[:count] else (word,) for place, word in enumerate(words)]
        plurals += (" ".join(choice) for choice in product(*options))
    if len(inflected) > 1:  # « grands-mères », « bas salaires »: only the noun that comes last changes
        plurals += (" ".join([*words[:-1], plural]) for plural in _word_plurals(words[-1]))
    return tuple(plural for plural in dict.fromkeys(plurals) if plural != source)


def _word_plurals(word: str) -> tuple[str, ...]:
    if not word[-1].isalpha() or word[-1] in "sxzSXZ":
        return (word,)
    suffix_s, suffix_x = ("S", "X") if word.isupper() and len(word) > 1 else ("s", "x")
    if word.endswith("al"):
        return word[:-1] + "ux", word + suffix_s
    return (word + suffix_s, word + suffix_x) if word.lower().endswith(("au", "eu", "ou")) else (word + suffix_s,)


def english_plural(target: str) -> str:
    """The plural of a term's last word; what does not end like an English noun stays as it is."""
    head, space, word = target.rpartition(" ")
    if word in _IRREGULAR:
        word = _IRREGULAR[word]
    elif not word[-1:].isalpha() or word.endswith("s"):
        return target
    elif word.endswith(("x", "z", "ch", "sh")):
        word += "es"
    elif word.endswith("y") and word[-2:-1] not in "aeiou":
        word = word[:-1] + "ies"
    else:
        word += "s"
    return head + space + word


def with_case(target: str, source: str, found: str) -> str:
    """`target` in the case that `found` has where the term's `source` has another: lower, Title or UPPER."""
    if found == source:
        return target
    if found.isupper() and not source.isupper() and sum(map(str.isalpha, found)) > 1:
        return target.upper()
    if found.islower():
        return target.lower()
    words = found.split(" ")
    if len(words) > 1 and all(word[0].isupper() for word in words if word[0].isalpha()):
        return " ".join(_capitalised(word) for word in target.split(" "))
    return _capitalised(target) if found[0].isupper() else target


def _capitalised(word: str) -> str:
    return word[:1].upper() + word[1:]

"""Names by their capitals, without a model: what no list translates must come through as it stands.

A capital alone proves little: ordinary words (a list beside this module) have one where a sentence or a title begins.
Those are translated; only words that no list has, or that a name carries along, are demanded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from translator.document import Span
from translator.entities.folding import plain
from translator.entities.patterns import is_shouting
from translator.entities.words import TITLES, OrdinaryWords, Token, is_foreign, is_place, tokens

_FOREIGN_PARTICLES = re.compile(
    "(?:al|el|ben|bin|ibn|bint|abu|abou|van|von|vom|zum?|der|den|te[nr]|da|das|dos?|di|del|dell[ao]|dei|degli|y|ould|ag"
    "|á|ap|ab|op|av|af|las?|los)"
)
"""Those that French has too (la, las) only continue a name where another particle stands before them."""

_AFTER_PARTICLE_ONLY = ("la", "las", "los")
_FRENCH_PARTICLES = ("de", "du", "des")
_ELIDED_PARTICLE = (" d'", " D'")
_OPENINGS = {
    *("Los", "Las", "El", "La", "Le", "Van", "Von", "Der", "Del", "Della", "Di", "Da", "Dos", "San", "Santa", "Fort"),
    *("Valle", "Villa", "Ben", "Bin", "Ibn", "Mac", "Te", "Ter", "New", "Ó"),
}
"""Words that a capital inside a sentence makes a part of the name after them."""

_TRANSLITERATED = re.compile(
    r"^tch|^ch[tnkmlv]|khou|chkov|iakov|echk|[vw]itch$|tch(?:ev|enko|ou|ik|ine$)|chtch|ïev|kha?ï|oï$|(?<=[aeo])ï[aek]"
    r"|^ch.{0,24}(?:[oie]v|enko)$|ou.{0,24}(?:[oie]v|ine|enko)$|dzé$|chvili$",
    re.IGNORECASE,
)
"""French spellings of Russian, Georgian and Arabic names, which English spells another way."""

_PREDICATE = re.compile(
    r" (?:(?:l')?(?:a|ont|avait|avaient)|est|sont|étai(?:t|ent)|sera|fut|va|vont|doit|peut|ne|se|qui|(?:lui|elle)-même"
    r"|[ns]'\w+|\w{3,}(?:ait|aient|èrent))\b"
)
"""What follows a subject: no imperative, « Verrouille la porte », has it."""

_INNER_CAPITAL = re.compile(r"(?:[a-z]|[A-Z][a-zà-ÿ]+)[A-Z]\w+|[ae]l-[A-ZÀ-Þ]\w+")
"""« eBay », « MoDem », « al-Saud »: no word of the language, even where one has the same letters."""

_INITIAL = re.compile(r" [A-Z]\.")
_SUFFIXES = re.compile(
    r"(?:tions?|ments?|ques?|istes?|ismes?|eurs?|euses?|ières?|ais|aise|aises|ois|oise|oises|iens?|iennes?|ées?|és|ants?"
    r"|antes?|aux|elles?|ités?|ages?|ons|ez|aient|ait|er|ir|ures?|ences?|ances?|ifs?|ives?)$"
)
_ABSTRACT = re.compile(r"[a-zà-ÿ](?:tions?|[iy]smes?|istes?|ologies?|craties?|eries?|ités?)$")
"""Endings of words that French makes of others, « l'Onction »: no name, even if no list has them."""

_MANY = re.compile(
    r"\b(?:[Ll]es|[DdCcMmTtSs]es|[Aa]ux|[Nn]os|[Vv]os|[Ll]eurs|[Dd]eux|[Tt]rois|[Dd]es|nombreux|certains) $"
)
"""What stands before a people, « les Munichois », which is translated."""

_ONE = re.compile(r"(?:\b(?:[Ll]e|[Ll]a|[Uu]ne?|[Cc]e)|^) $|\b[Ll]'$")
_PEOPLE = re.compile(r"[a-zà-ÿ](?:ais|aise|ois|oise|éen|éenne|ien|ienne)$")
"""« le Munichois », « une Zurichoise »: translated too."""

_PEOPLES = re.compile(r"(?:ais|aises?|ois|oises?|ains?|aines?|éens?|éennes?|iens?|iennes?|ols?|oles?|ques?)$")
"""« Libano-Canadiens »: after a hyphen, where it is an ordinary word too, translated."""

_NAMED_AFTER = re.compile(
    r"\b(?:[Ii]nstitut|[Ff]ondation|hôpital|clinique|lycée|collège|école|rue|avenue|place|stade|[Tt]élescope"
    r"|[Ss]ociété|prix|théâtre|musée|aéroport|gare|salle|centre) $"
)
"""French joins the words of a name by hyphens after these, « l'institut Max-Planck »; English does not."""

_SHORTEST_SHOUTED = 4
"""Letters; shorter ones are acronyms as often as names."""

_SAINTS = ("saint ", "sainte ", "Saint ", "Sainte ", "St ", "Ste ")
"""What stands before a name whose « de » is translated, « sainte Thérèse de Lisieux »."""

_LONGEST_NAME = 8
"""Words of a run."""


@dataclass(frozen=True, slots=True)
class _Text:
    """One segment with its words, and the words of the whole text with a capital inside a sentence, and without any."""

    text: str
    tokens: list[Token]
    shouting: bool
    inner: set[str]
    lower: set[str]

    def after(self, index: int) -> Token | None:
        """The next capitalised word, if it may belong to the same name; particles between are passed over."""
        for place in range(index + 1, min(index + 4, len(self.tokens))):
            before, token = self.tokens[place - 1], self.tokens[place]
            gap = self.text[before.end : token.start]
            if not (_joins(gap, before) or gap in _ELIDED_PARTICLE):
                return None
            if token.capital:
                return token
            if not _FOREIGN_PARTICLES.fullmatch(token.word) and token.word not in _FRENCH_PARTICLES:
                return None
        return None


class Names:
    """Finds the names of one text by the shape of its words and by what the whole text says about them."""

    def __init__(self, ordinary: OrdinaryWords) -> None:
        self._ordinary = ordinary

    def find(self, segments: Sequence[str], taken: Sequence[Sequence[Span]]) -> list[list[Span]]:
        """Spans of each segment, in order, none of which overlaps one of `taken` (ordered, one list a segment)."""
        texts = [plain(segment) for segment in segments]
        shouting = [is_shouting(text) for text in texts]
        rows = [tokens(text, self._ordinary, shouting=loud) for text, loud in zip(texts, shouting, strict=True)]
        inner = {
            token.word
            for row, loud in zip(rows, shouting, strict=True)
            if not loud
            for token in row
            if not token.initial and token.word[0].isupper()
        }
        lower = {token.word for row in rows for token in row if token.word.islower()}
        return [
            self._segment(_Text(text, row, loud, inner, lower), spans)
            for text, row, loud, spans in zip(texts, rows, shouting, taken, strict=True)
        ]

    def _segment(self, text: _Text, taken: Sequence[Span]) -> list[Span]:
        found: list[Span] = []
        run: list[Token] = []
        blocked = iter(taken)
        block = next(blocked, None)
        for index, token in enumerate(text.tokens):
            while block is not None and block.end <= token.start:
                block = next(blocked, None)
                _flush(text.text, run, found)
            covered = block is not None and block.start < token.end
            if covered or (run and (not self._adjacent(text.text, run, token) or len(run) >= _LONGEST_NAME)):
                _flush(text.text, run, found)
            if covered:
                continue
            if len(run) == 1 and self._stands_alone(run[0].word, token):
                _flush(text.text, run, found)
            if self._is_particle(text, run, token) or self._is_name(text, index, run):
                run.append(token)
            else:
                _flush(text.text, run, found)
                if not (text.shouting or token.initial) and token.word.istitle() and self._ordinary.alike(token.word):
                    forms = (token.word, token.word.lower())
                    found.append(Span(token.start, token.end, "entity", "NAME", forms))
        _flush(text.text, run, found)
        return found

    def _stands_alone(self, word: str, after: Token) -> bool:
        """Whether a common word, though it has a capital, lends itself to no name."""
        if len(word) == 1 or (word in _OPENINGS and after.capital):
            return False
        return self._ordinary.common(word) and not self._ordinary.may_begin_name(word)

    def _adjacent(self, text: str, run: list[Token], token: Token) -> bool:
        gap = text[run[-1].end : token.start]
        if gap in _ELIDED_PARTICLE:
            return token.capital and self._is_person(text, run) and token.word not in self._ordinary
        return _joins(gap, run[-1])

    def _is_person(self, text: str, run: list[Token]) -> bool:
        """Whether a particle of French may go on with the name: after a given name, not after « une Audi »."""
        start = run[0].start
        return self._ordinary.given(run[0].word) and not text[max(0, start - 7) : start].endswith(_SAINTS)

    def _is_particle(self, text: _Text, run: list[Token], token: Token) -> bool:
        if not run:
            return False
        word = token.word.lower()
        if _FOREIGN_PARTICLES.fullmatch(word) and (text.shouting or not token.capital):
            return word not in _AFTER_PARTICLE_ONLY or _is_lower_particle(run[-1].word)
        return token.word in _FRENCH_PARTICLES and len(run) == 1 and self._is_person(text.text, run)

    def _is_name(self, text: _Text, index: int, run: list[Token]) -> bool:
        token = text.tokens[index]
        word = token.word
        if text.shouting:
            return self._is_shouted_name(word)
        if not token.capital or (TITLES.fullmatch(word.lower()) and not run):
            return False
        follower = text.after(index)
        if len(word) == 1 and word not in _OPENINGS:
            dotted = text.text.startswith(".", token.end)
            title = word == "M" and not run and not _INITIAL.match(text.text, token.end + 1)
            return dotted and not title and self._may_be_surname(follower)
        if _INNER_CAPITAL.fullmatch(word):
            return True
        carrier = next((one.word for one in reversed(run) if one.capital), None)
        if carrier is not None and self._carries(text.text, carrier, run, token):
            return True
        if self._ordinary.given(word) and follower is not None and not TITLES.fullmatch(follower.word.lower()):
            return True
        if _TRANSLITERATED.search(word):
            return False
        if word in _OPENINGS and not token.initial and self._may_be_surname(follower):
            return True
        if word in self._ordinary:
            return self._belongs(text, word, carrier, follower)
        if _SUFFIXES.search(word) and word[-1] in "sx" and _is_people(text.text, token):
            return False
        if "-" in word and _PEOPLES.search(word) and self._ordinary.common(word.rpartition("-")[2]):
            return False
        if not run and follower is None and (_ABSTRACT.search(word) or _is_one_of_a_people(text.text, token)):
            return False
        return not token.initial or bool(run) or self._is_name_at_start(text, token, follower)

    def _is_shouted_name(self, word: str) -> bool:
        """Among capitals only a word that is not of the language shows itself as a name."""
        french = self._ordinary.shouted(word) or (_SUFFIXES.search(word.lower()) and not is_foreign(word))
        return len(word) >= _SHORTEST_SHOUTED and not french

    def _carries(self, text: str, carrier: str, run: list[Token], token: Token) -> bool:
        """Whether the name before makes any capitalised word its own: « Paul Martin », « Le Brun », « Kerr & Fils »."""
        gap = text[run[-1].end : token.start]
        return self._ordinary.given(carrier) or (len(run) > 1 and carrier in _OPENINGS) or gap == " & "

    def _belongs(self, text: _Text, word: str, carrier: str | None, follower: Token | None) -> bool:
        """Whether an ordinary word belongs to the name after it, or to the one before it."""
        if self._ordinary.may_begin_name(word) and self._may_be_surname(follower):
            return True
        carried = carrier is not None and len(carrier) > 1 and not self._ordinary.common(carrier)
        return carried and word.lower() not in text.lower and not _SUFFIXES.search(word)

    def _is_name_at_start(self, text: _Text, token: Token, follower: Token | None) -> bool:
        """Whether a word is a name though its place gives it a capital."""
        word = token.word
        if is_foreign(word) or is_place(word):
            return True
        if word.lower() in text.lower or self._ordinary.common(word):
            return False
        if follower is not None or word in text.inner or self._ordinary.given(word) or any(map(str.isupper, word[1:])):
            return True
        if _SUFFIXES.search(word):
            return False
        return text.text[token.end : token.end + 2][1:].isdigit() or _PREDICATE.match(text.text, token.end) is not None

    def _may_be_surname(self, token: Token | None) -> bool:
        return token is not None and (len(token.word) == 1 or token.word not in self._ordinary)


def _is_people(text: str, token: Token) -> bool:
    return _MANY.search(text, max(0, token.start - 12), token.start) is not None


def _is_one_of_a_people(text: str, token: Token) -> bool:
    return (
        _PEOPLE.search(token.word) is not None and _ONE.search(text, max(0, token.start - 4), token.start) is not None
    )


def _is_lower_particle(word: str) -> bool:
    return word in _FRENCH_PARTICLES or _FOREIGN_PARTICLES.fullmatch(word) is not None


def _joins(gap: str, before: Token) -> bool:
    return gap in (" ", "-", "'", " & ") or (gap in (". ", ".", ".-") and len(before.word) == 1)


def _flush(text: str, run: list[Token], found: list[Span]) -> None:
    while run and (_is_lower_particle(run[-1].word) or _FOREIGN_PARTICLES.fullmatch(run[-1].word.lower())):
        run.pop()
    if any(len(token.word) > 1 for token in run):
        start, end = run[0].start, run[-1].end
        found.append(Span(start, end, "entity", "PERSON" if len(run) > 1 else "NAME", _forms(text, start, end)))
    run.clear()


def _forms(text: str, start: int, end: int) -> tuple[str, ...]:
    """« l'institut Max-Planck » is the Max Planck Institute."""
    name = text[start:end]
    joined = name.istitle() and "-" in name and " " not in name
    if joined and not is_place(name) and _NAMED_AFTER.search(text, max(0, start - 14), start):
        return name.replace("-", " "), name
    return ()

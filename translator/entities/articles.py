"""The article of a name: English says "NATO" and "the Middle East" where French says « l'OTAN » and « Moyen-Orient ».

Only what the words around the name make certain is changed; before a noun, "United States troops", nothing is.
"""

# ruff: noqa: SIM905  lists of words are read more easily as text

import re
from collections.abc import Sequence

from translator.document import Span
from translator.entities.folding import plain
from translator.entities.mending import Edit

_LABELS = {"ACRONYM", "PLACE", "ORG", "NAME"}

_BARE = frozenset(
    "NATO|UNESCO|UNICEF|OPEC|ASEAN|ECOWAS|NAFTA|OECD|FIFA|UEFA|NASA|IKEA|DNA|RNA|HIV|AIDS|SARS|COVID-19|GDP|VAT|Hamas"
    "|Hezbollah|Daesh|Interpol|Europol|Greenpeace|Société générale|Société Générale|Crédit agricole|Crédit Agricole"
    "|Crédit Lyonnais|Crédit Mutuel|Credit Suisse|Crédit Suisse|BNP Paribas|Air France|Paris Saint-Germain|Sciences Po"
    "|Olympique de Marseille|Olympique Lyonnais|Stade Rennais|Stade Toulousain|Stade Français|Bayern Munich|Real Madrid"
    "|Inter Milan|Manchester United|France Inter|Radio France|France Télévisions|Force Ouvrière|Pôle emploi".split("|")
)
_WITH_ARTICLE = frozenset(
    "US|U.S.|USA|UK|U.K.|UN|U.N.|EU|USSR|UAE|IMF|WHO|WTO|ECB|FBI|CIA|KGB|IPCC|IAEA|Netherlands|Philippines|Bahamas|Maldives"
    "|Seychelles|Middle East|Far East|Near East|Vatican|Kremlin|Pentagon|White House|Balkans|Caucasus|Alps|Pyrenees"
    "|Andes|Arctic|Antarctic|Mediterranean|Atlantic|Pacific|Baltic|Adriatic|Seine|Thames|Rhine|Danube|Loire|Nile|Himalayas"
    "|World Bank|Security Council|European Commission|European Parliament|European Council|Bundestag|Sahel|Sahara"
    "|Central African Republic|Democratic Republic of the Congo|Isle of Man|Bank of England|Red Cross".split("|")
)
_WITH_ARTICLE_ENDINGS = tuple(
    "Amazon| Sea| Ocean| Islands| Republic| Union| States| Kingdom| Nations| Emirates| Alliance| Monetary Fund".split(
        "|"
    )
)
"""Only of a name that French spells otherwise: not of Amazon the shop, nor of Western Union."""

_FINITE = (
    "is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|shall|does|did|do|wants?|says?|seeks?|plans?|"
    "hopes?|remains?|made|gave|took|sent|said|began|became|left|held|led|put|[a-z]+(?<!e)ed"
)
_BREAK = r"$|[.,;:!?)\]\"'”’…]|\s*\n"
_AFTER_SUBJECT = re.compile(
    rf"{_BREAK}| (?:{_FINITE}|and|or|but|to|in|on|at|by|for|from|with|since|during|after|before)\b"
)
_AFTER_OBJECT = re.compile(
    rf"{_BREAK}| (?:{_FINITE}|(?:and )?(?:to|in|on|at|by|for|from)|but|since|during|after|before|who|which|and the)\b"
)
_AFTER_OPENING = re.compile(rf" (?:{_FINITE})\b")
_PREPOSITION = re.compile(
    r"\b(?:in|of|to|from|with|by|for|against|between|into|towards?|across|throughout|via) $", re.IGNORECASE
)
_ARTICLE = re.compile(r"\bthe $", re.IGNORECASE)


def edits(source: str, spans: Sequence[Span], target: str, places: Sequence[tuple[int, int] | None]) -> list[Edit]:
    """Disjoint edits that give the names among `spans` their article, or take it from them.

    ``places[i]`` is where ``spans[i]`` stands in `target`, None where it was lost.
    """
    text = plain(target)
    named = [
        (source[span.start : span.end], place)
        for span, place in zip(spans, places, strict=True)
        if place is not None and span.kind == "entity" and span.label in _LABELS
    ]
    found = (_edit(mention, text, *place) for mention, place in named)
    return [edit for edit in found if edit is not None]


def _edit(mention: str, text: str, start: int, end: int) -> Edit | None:
    name, before = text[start:end], text[:start]
    if name in _BARE:
        article = _ARTICLE.search(before)
        return Edit(article.start(), start, "") if article and _AFTER_SUBJECT.match(text, end) else None
    if name in _WITH_ARTICLE or (name != mention and name.endswith(_WITH_ARTICLE_ENDINGS)):
        if _PREPOSITION.search(before) and _AFTER_OBJECT.match(text, end):
            return Edit(start, start, "the ")
        if not before and _AFTER_OPENING.match(text, end):
            return Edit(start, start, "The ")
    return None

"""Which placeholders a model copies, found by trying: for models that were not trained with any."""

from typing import Final

from translator.document import Span
from translator.engines import Decoding
from translator.models import Model
from translator.protection import MAX_PLACEHOLDERS, Placeholders

FAMILIES: Final = ("⟦{}⟧", "[{}]", "#{}#", "__{}__", "XX{}", "Q{}Q", "<{}>", "%{}%")
ENOUGH: Final = 0.85
"""Share of the probe's sentences that must give each placeholder back exactly once."""

_SENTENCES: Final = (
    "Le ministre # est arrivé hier soir.",
    "Nous avons rencontré # et # près de la gare.",
    "La réunion entre # et # aura lieu demain.",
    "Selon #, la situation reste calme.",
    "Les ventes de # ont augmenté en mars.",
    "# vit à # depuis dix ans avec #.",
    "« C'est une bonne nouvelle », a dit #.",
    "Le rapport de # cite #, # et #.",
)


def placeholders_of(model: Model) -> Placeholders:
    """The placeholders that the manifest names; for a model whose manifest does not speak of them, those of a probe."""
    named = model.manifest.placeholders
    return probe(model) if named is None else Placeholders(named)


def probe(model: Model) -> Placeholders:
    """The family of placeholders that comes through most reliably, or none where no family does often enough."""
    best = Placeholders(())
    best_share = ENOUGH
    for family in FAMILIES:
        placeholders = Placeholders(tuple(family.format(number) for number in range(1, MAX_PLACEHOLDERS + 1)))
        share = _share(model, placeholders)
        if share > best_share or (share == best_share and not best.shapes):
            best, best_share = placeholders, share
    return best


def _share(model: Model, placeholders: Placeholders) -> float:
    protected = [
        placeholders.protect(text, [Span(at, at + 1, "entity", "PROBE") for at, sign in enumerate(text) if sign == "#"])
        for text in _SENTENCES
    ]
    encoded = model.tokenizer.encode([model.normalize(one.text) for one in protected])
    copied = 0
    for one, pieces in zip(protected, encoded, strict=True):
        best = model.engine.submit([pieces], Decoding()).result()[0][0]
        forms = ["x"] * len(one.spans)
        copied += placeholders.restore(model.tokenizer.decode(best.pieces), one, forms) is not None
    return copied / len(_SENTENCES)

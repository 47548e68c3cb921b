"""The user's own terms: each becomes a glossary span wherever it stands as a whole word.

Matching looks at sources only, so terms never feed each other, and one pass finds them all whatever their number.
"""

from translator.glossary.matching import Glossary
from translator.glossary.terms import Term

__all__ = ["Glossary", "Term"]

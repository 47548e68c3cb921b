"""HTML and XML in, HTML and XML out: tags travel with the words they mark, and all else is left as it was."""

from translator.markup.blocks import Markup
from translator.markup.projection import Link, project
from translator.markup.rules import HTML, XHTML, XML, Rules
from translator.markup.weaving import Step, weave

__all__ = ["HTML", "XHTML", "XML", "Link", "Markup", "Rules", "Step", "project", "weave"]

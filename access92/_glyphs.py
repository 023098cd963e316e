"""Which characters the fonts of the report have: the others are printed as a box, and said."""

from __future__ import annotations

import re

BOX = "\N{WHITE SQUARE}"
"""What stands in the PDF for a character that its fonts lack."""

# the fonts of the typst wheel, range by range; a test composes them all
_PRINTED = (
    "\t-\r\x20-\x7f\x85\xa0-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u04ff\u0510-\u0513\u051a-\u051d"
    "\u1e00-\u1eff\u2000-\u2040\u2042\u2044-\u2052\u2054-\u206f\u2070\u2071\u2074-\u208e\u2090-\u209c\u20a0-\u20c0"
    "\u2100-\u211e\u2120\u2122\u2124\u2126-\u2151\u2153-\u2184\u2189\u2190-\u22ff\u2500-\u2606\u2609-\u262f"
    "\u2706-\u2709\u270c-\u2714\u2717-\u2726\ufb00-\ufb06\ufffd"
)
_LACKING = re.compile(f"[^{_PRINTED}]")
_COMMAND = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""What pages cannot show, nor the XML of documents and workbooks hold."""


def printable(text: str) -> str:
    """The text with a box for each character that the report's fonts lack.

    >>> printable("Espace 💡, Châtillon → 中")
    'Espace □, Châtillon → □'
    """
    return _LACKING.sub(BOX, text)


def lacking(text: str) -> str:
    """The characters of a text that the report's fonts lack, each once.

    >>> lacking("💡 a 💡")
    '💡'
    """
    return "".join(dict.fromkeys(_LACKING.findall(text)))


def has_command(text: str) -> bool:
    r"""Whether a text holds a control character, which no page can show.

    >>> has_command("Espace\x01"), has_command("Espace\uffff"), has_command("Espace")
    (True, True, False)
    """
    return _COMMAND.search(text) is not None

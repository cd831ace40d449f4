"""How derivations, certificates, explanations and figures look: HTML and plain text, in both languages.

The HTML is plain tables and lists that read well without a style sheet; the site's CSS knows the classes.
"""

from .bundle import bilingual
from .certificate import certificate_bundle, certificate_text
from .derivation import derivation_bundle, derivation_text
from .explanation import explanation_bundle, explanation_text

__all__ = [
    "bilingual",
    "certificate_bundle",
    "certificate_text",
    "derivation_bundle",
    "derivation_text",
    "explanation_bundle",
    "explanation_text",
]

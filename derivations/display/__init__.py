"""How derivations, certificates, explanations and figures look: HTML and plain text, in both languages.

The HTML is plain tables and lists that read well without a style sheet; the site's CSS knows the classes. Each module
registers the look of the class it shows (`derivations.looks`), and is imported when that is first asked for.
"""

from .bundle import bilingual

__all__ = ["bilingual"]

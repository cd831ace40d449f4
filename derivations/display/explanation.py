"""An explanation: the ledger on a small sample, then the derivations."""

from __future__ import annotations

from ..explanation import Explanation
from ..looks import Bundle, register
from .bundle import CERTIFICATE_MIME, bundle, inline
from .certificate import certificate_bundle, certificate_html, certificate_text
from .derivation import derivation_html, derivation_text


def explanation_bundle(explanation: Explanation) -> Bundle:
    data, metadata = bundle(
        lambda lang: explanation_html(explanation, lang), lambda lang: explanation_text(explanation, lang)
    )
    data[CERTIFICATE_MIME] = certificate_bundle(explanation.sample)[0][CERTIFICATE_MIME]
    return data, metadata


def explanation_html(explanation: Explanation, lang: str) -> str:
    """The ledger on a small seeded sample, then the derivation of G and of each parameter's gradient."""
    parts = [certificate_html(explanation.sample, lang)]
    for wrt in explanation.setup.in_order:
        derivation = explanation.derivation(wrt)
        left = rf"\partial L / \partial {derivation.left.variable.base}"
        parts.append(f'<p class="gl-title">{inline(left)}</p>{derivation_html(derivation, lang)}')
    return "".join(parts)


def explanation_text(explanation: Explanation, lang: str) -> str:
    in_order = (explanation.derivation(wrt) for wrt in explanation.setup.in_order)
    derivations = "\n\n".join(derivation_text(derivation, lang) for derivation in in_order)
    return f"{certificate_text(explanation.sample, lang)}\n\n{derivations}"


register(Explanation, explanation_text, explanation_bundle)

"""Letters that a name may stand for."""

#: Greek ones, as they are.
GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "Delta": "Δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "Lambda": "Λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
}

#: What follows a letter in the name of an array beside it, as Zother beside Z: in LaTeX, and in plain text.
MARKS_AFTER = {
    "other": ("'", "′"),
    "pos": ("^{+}", "⁺"),
    "neg": ("^{-}", "⁻"),
    "swap": (r"^{\pm}", "±"),
    "soft": (r"^{\sim}", "˜"),
    "teacher": (r"^{\star}", "⋆"),
}


def parted(name: str) -> tuple[str, str]:
    """A letter and what follows it: Z and "other" of Zother; a name and nothing of any other."""
    letter, after = name[:1], name[1:]
    return (letter, after) if after in MARKS_AFTER else (name, "")

"""Mistakes in how formulas are printed: a sign, a bracket, a limit or an index that is lost or swapped."""

from . import mistakes_in

WRITTEN = (
    *mistakes_in(
        "derivations/index_calculus/printing/order.py",
        "tests/index_calculus/printing/test_printing.py",
        (
            "a denominator is printed without its exponent",
            "below.append(Pow(factor.base, -factor.exp))",
            "below.append(factor.base)",
            "test_printed",
        ),
        (
            "a bracket is turned without a sign",
            "content, factor = -content, Add",
            "content, factor = content, Add",
            "test_printed",
        ),
        (
            "|Z − Y| is printed as SymPy has it",
            "return -argument if is_negative(first) else argument",
            "return argument",
            "test_printed",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/functions/powers.py",
        "tests/index_calculus/printing/test_printing.py",
        (
            "a root is printed without its sign",
            '"√({0})"',
            '"({0})"',
            "test_printed",
        ),
        (
            "a root's sign is missing in LaTeX",
            'r"\\sqrt{{{0}}}"',
            '"{0}"',
            "test_printed",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/functions/cornered.py",
        "tests/index_calculus/printing/test_printing.py",
        (
            "the largest is printed as the smallest in plain text",
            'Max: Layout(r"\\max({0})", "max({0})")',
            'Max: Layout(r"\\max({0})", "min({0})")',
            "test_printed",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/printing/printer.py",
        "tests/index_calculus/printing/test_printing.py",
        (
            "the outer sum is printed as the inner one",
            "*(self._sum_sign(limit) for limit in reversed(expr.limits)), body",
            "*(self._sum_sign(limit) for limit in expr.limits), body",
            "test_printed",
        ),
        (
            "a sum's upper limit is left out",
            "usual = low == 1 and high == size_of(at)",
            "usual = low == 1",
            "test_printed",
        ),
        (
            "a sum's lower limit is left out",
            "usual = low == 1 and high == size_of(at)",
            "usual = high == size_of(at)",
            "test_printed",
        ),
        (
            "what is differentiated by last is printed first",
            "bottoms.insert(0, self(operand.variable))",
            "bottoms.append(self(operand.variable))",
            "test_printed",
        ),
        (
            "the logarithm of a sum is printed without brackets",
            "isinstance(expr, Indexed | Sum | Mul | Symbol) and not",
            "isinstance(expr, Indexed | Sum | Mul | Symbol | Add) and not",
            "test_printed",
        ),
        (
            "a sum before others is printed without brackets",
            "ambiguous = isinstance(factor, Add) or (isinstance(factor, Sum) and factor is not factors[-1])",
            "ambiguous = isinstance(factor, Add)",
            "test_printed",
        ),
        (
            "the denominator of a number is left out",
            "([str(coefficient.q)] if coefficient.q != 1 else [])",
            "[]",
            "test_printed",
        ),
        (
            "two brackets below a line are printed as one",
            "self._bracketed(f) if len(denominators) > 1 else self(f) for f in denominators",
            "self(f) for f in denominators",
            "test_printed",
        ),
        (
            "half of a ratio is printed as the ratio",
            "coefficient = Rational(1, coefficient.q) if above_line else coefficient",
            "coefficient = Rational(1) if above_line else coefficient",
            "test_printed",
        ),
        (
            "the largest of some numbers is printed as the first",
            "self(arg) for arg in sorted(expr.args, key=text)",
            "self(arg) for arg in sorted(expr.args, key=text)[:1]",
            "test_printed",
        ),
        (
            "a step is printed the wrong way round in a formula of entries",
            "above=self(Add(*above)), below=self(-Add(*below))",
            "above=self(-Add(*below)), below=self(Add(*above))",
            "test_printed",
        ),
        (
            "a function that nobody knows is printed by its name",
            "raise UnknownFunction(expr.func.__name__)",
            "return expr.func.__name__",
            "test_a_function_that_is_not_in_the_table_is_refused",
        ),
        (
            "a condition is printed the wrong way round",
            "{self(condition.left)} {self.relation(condition.relation)} {self(condition.right)}",
            "{self(condition.right)} {self.relation(condition.relation)} {self(condition.left)}",
            "test_what_is_put_beside_a_formula",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/printing/latex.py",
        "tests/index_calculus/printing/test_printing.py",
        (
            "at least is printed as at most",
            '"≠": r"\\ne", "≥": r"\\ge", "≤": r"\\le"',
            '"≠": r"\\ne", "≥": r"\\le", "≤": r"\\ge"',
            "test_what_is_put_beside_a_formula",
        ),
        (
            "a second derivative is printed as a first one",
            'return PARTIAL if len(bottoms) == 1 else f"{PARTIAL}^{{{len(bottoms)}}}"',
            "return PARTIAL",
            "test_printed",
        ),
        (
            "a hat is not printed",
            "return MARKS[mark].format(letter)",
            "return letter",
            "test_printed",
        ),
        (
            "β₁ and β₂ are printed alike",
            'return f"{letter}_{{{mark}}}" if mark else letter',
            "return letter",
            "test_printed",
        ),
        (
            "a formula is printed without the indices it is meant for",
            'return rf"{formula}\\quad ({condition})"',
            "return formula",
            "test_what_is_put_beside_a_formula",
        ),
        (
            "of several formulas the first is printed",
            'return r",\\quad ".join(formulas)',
            "return formulas[0]",
            "test_what_is_put_beside_a_formula",
        ),
        (
            "a derivative in a line of text is printed without its ∂",
            'return f"{_order(bottoms)} {top} / {_variables(bottoms)}"',
            'return f"{top} / {_variables(bottoms)}"',
            "test_in_a_line_of_text_a_derivative_has_a_stroke",
        ),
        (
            "one of two variables of a derivative is printed",
            'return r"\\,".join(f"{PARTIAL} {bottom}" for bottom in bottoms)',
            'return f"{PARTIAL} {bottoms[0]}"',
            "test_printed",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/printing/plain.py",
        "tests/index_calculus/printing/test_printing.py",
        (
            "a second derivative is printed as a first one in plain text",
            'return "∂" if len(bottoms) == 1 else "∂²"',
            'return "∂"',
            "test_printed",
        ),
        (
            "an exponent is printed without brackets in plain text",
            "exponent if exponent.isalnum() else f'({exponent})'",
            "exponent",
            "test_printed",
        ),
        (
            "a difference above a line is printed without brackets",
            "{_group(numerator, '+-/ ')}/",
            "{numerator}/",
            "test_printed",
        ),
        (
            "β₁ and β₂ are printed alike in plain text",
            "letter + MARKS.get(mark, mark.translate(SUBSCRIPTS))",
            'letter + MARKS.get(mark, "")',
            "test_printed",
        ),
    ),
)

MISTAKES = WRITTEN

"""Nodes over named axes as text of one backend: arrays lined up, positions, sums, products, functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import sympy as sp
from sympy import Expr

from ...index_calculus.expressions import is_turned
from ...index_calculus.functions import named
from .nodes import (
    Constant,
    Delta,
    Entry,
    Label,
    Node,
    OfRows,
    Place,
    Plus,
    Power,
    Sum,
    Times,
    axes_of,
    in_order,
    size_named,
)
from .nodes import Function as Applied
from .styles import ATOM, PRODUCT, SUM, Style, Text

#: What the code calls the one-hot array of the labels.
ONE_HOT = "Y_hat"


class Terms:
    """Nodes as text of one backend; while they are written it is found what the text speaks of.

    `names` says what code calls a letter, `like` is the array whose dtype others take; the axes `first` come first.
    """

    def __init__(self, style: Style, names: Mapping[str, str], like: str, first: tuple[str, ...]):
        self.style, self.names, self.first = style, names, first
        self.like = self.called(like)
        self.sizes: set[str] = set()
        self.helpers: dict[str, None] = {}
        self.imports: set[str] = set()
        #: By what it is called, the one-hot array of labels.
        self.one_hot: dict[str, str] = {}

    def in_order(self, axes: Iterable[str]) -> tuple[str, ...]:
        return in_order(axes, self.first)

    def called(self, letter: str) -> str:
        return self.names.get(letter, letter)

    def __call__(self, node: Node) -> Text:
        match node:
            case Constant() | Times() | Power():
                return self._product((node,))
            case Entry(name, places):
                return self._entry(name, places)
            case Delta(left, right):
                return self._delta(*sorted((left, right), key=lambda each: -isinstance(each, Label)))
            case Sum(of, over):
                return self._sum(of, over)
            case Plus(terms):
                return self._plus(terms)
            case Applied(name, arguments):
                arrays_first = sorted(arguments, key=lambda each: (isinstance(each, Constant), not each.axes))
                return self._function(name, [*map(self, arrays_first)])
            case OfRows(name, of, axis):
                text = self(of)
                code = self.style.rows[name].format(text.inside(ATOM), axis=text.axes.index(axis))
                return Text(code, ATOM, tuple(each for each in text.axes if each in node.axes))
        raise TypeError(f"no code for {type(node).__name__}")

    def lined_up(self, text: Text, axes: Sequence[str]) -> Text:
        """The same array, broadcast against others with these axes."""
        own = [axis for axis in axes if axis in text.axes]
        if tuple(own) != text.axes:
            order = ", ".join(str(text.axes.index(axis)) for axis in own)
            inside = text.inside(ATOM)
            code = f"{inside}.T" if len(own) == 2 else self.style.permuted.format(inside, order)
            text = Text(code, ATOM, tuple(own))
        places = [":" if axis in own else "None" for axis in axes]
        while places and places[0] == "None":
            del places[0]
        while places and places[-1] == ":":
            del places[-1]
        return Text(f"{text.inside(ATOM)}[{', '.join(places)}]", ATOM, text.axes) if places else text

    # Arrays and positions

    def _entry(self, name: str, places: tuple[Place, ...]) -> Text:
        axes, called = self.in_order(axes_of(places)), self.called(name)
        if len({each for each in places if isinstance(each, str)}) == len(places):
            return Text(called, ATOM, tuple(map(str, places)))
        return Text(f"{called}[{', '.join(self._position(each, axes) for each in places)}]", ATOM, axes)

    def _delta(self, left: Place, right: Place) -> Text:
        """A comparison; of labels with all classes, the one-hot array of the labels, made once."""
        if isinstance(left, Label) and isinstance(right, Label) and not left.axes:
            left, right = right, left
        axes = (
            (*left.axes, right)
            if isinstance(left, Label) and isinstance(right, str)
            else self.in_order(axes_of((left, right)))
        )
        both = " == ".join(self._position(each, axes) for each in (left, right))
        text = self.style.cast.format(both, like=self.like)
        if not (isinstance(left, Label) and isinstance(right, str)):
            return Text(text, ATOM, axes)
        name = ONE_HOT if left.name == "y" else f"{left.name}_hat"
        self.one_hot.setdefault(name, text)
        return Text(name, ATOM, axes)

    def _position(self, place: Place, axes: Sequence[str]) -> str:
        if isinstance(place, int):
            return str(place)
        if isinstance(place, Label):
            return self.lined_up(Text(self.called(place.name), ATOM, place.axes), axes).code
        self.sizes.add(size_named(place))
        code = self.style.positions.format(size_named(place), like=self.like)
        return self.lined_up(Text(code, ATOM, (place,)), axes).code

    # Sums and products

    def _plus(self, terms: Iterable[Node]) -> Text:
        """What is subtracted comes last."""
        signed = sorted(((_is_negative(each), each) for each in terms), key=lambda each: each[0])
        texts = [(minus, self._product((each,), minus)) for minus, each in signed]
        axes = self.in_order({axis for _, text in texts for axis in text.axes})
        lined = [(minus, self.lined_up(text, axes).inside(PRODUCT)) for minus, text in texts]
        first = "-" if lined[0][0] else ""
        rest = (f" {'-' if minus else '+'} {code}" for minus, code in lined[1:])
        return Text(first + lined[0][1] + "".join(rest), SUM, axes)

    def _product(self, factors: Iterable[Node], turned: bool = False) -> Text:
        """A product of nodes over a product of nodes; `turned` leaves out its minus."""
        above: list[Text] = []
        below: list[Text] = []
        minus = False
        for node in _factors(factors):
            if isinstance(node, Constant):
                top, bottom = sp.fraction(node.value)
                minus ^= bool(is_turned(top))
                above += self._number(-top if is_turned(top) else top)
                below += self._number(bottom)
            elif isinstance(node, Power) and node.exponent < 0:
                below.append(self._power(node.base, -node.exponent))
            else:
                above.append(self._power(node.base, node.exponent) if isinstance(node, Power) else self(node))
        axes = self.in_order({axis for text in (*above, *below) for axis in text.axes})
        codes = [[self.lined_up(each, axes).inside(ATOM) for each in side] for side in (above, below)]
        code = " * ".join(codes[0]) or "1"
        if below:
            code += " / " + (codes[1][0] if len(below) == 1 else f"({' * '.join(codes[1])})")
        alone = len(above) == 1 and not below and not (minus and not turned)
        if alone:
            return above[0]
        level = ATOM if not above and not below and not minus else PRODUCT
        return Text(f"-{code}" if minus and not turned else code, SUM if minus and not turned else level, axes)

    def _number(self, value: Expr) -> list[Text]:
        """The factors of a number, other than 1."""
        self.sizes |= {each.name for each in value.free_symbols}
        if value == 1:
            return []
        roots = any(not each.exp.is_Integer for each in value.atoms(sp.Pow))
        if roots or value.has(sp.pi, sp.E, sp.Function):
            self.imports.add("import math")
        order = {"N": 1, "C": 2, "D": 3}
        factors = sorted(sp.Mul.make_args(value), key=lambda each: order.get(str(each), 0))
        return [Text(sp.pycode(each), ATOM if each.is_Atom else SUM) for each in factors]

    def _power(self, base: Node, exponent: sp.Rational) -> Text:
        text = self(base)
        if exponent == 1:
            return text
        shown = str(exponent) if exponent.is_Integer else f"({exponent})"
        return Text(f"{text.inside(ATOM)} ** {shown}", PRODUCT, text.axes)

    def _sum(self, of: Node, over: tuple[str, ...]) -> Text:
        factors = list(_factors((of,)))
        arrays = [each for each in factors if each.axes and not (isinstance(each, Power) and each.exponent < 0)]
        apart = [each for each in factors if each not in arrays]
        widest = max(arrays, key=lambda each: len(each.axes), default=None)
        contracted = widest is not None and not all(each.axes <= widest.axes for each in arrays)
        if contracted and not any(each.axes for each in apart):
            alike: dict[frozenset[str], list[Node]] = {}
            for each in arrays:
                alike.setdefault(each.axes, []).append(each)
            summed = self._einsum([*map(self._product, alike.values())], over)
        else:
            summed, apart = self._added(self._product((of,)), over), []
        repeated = [axis for axis in over if axis not in of.axes]
        self.sizes |= {size_named(axis) for axis in repeated}
        times = [size_named(axis) for axis in repeated]
        if not apart and not times:
            return summed
        outside = self._product(apart)
        code = " * ".join([*([outside.inside(PRODUCT)] if apart else []), *times, summed.code])
        return Text(code, PRODUCT, summed.axes)

    def _einsum(self, texts: Sequence[Text], over: tuple[str, ...]) -> Text:
        found = {axis: "" for text in texts for axis in text.axes}
        free = iter("abefghopqrsuvwxyz")
        letters = {axis: axis if len(axis) == 1 else next(each for each in free if each not in found) for axis in found}
        kept = self.in_order(set(found) - set(over))
        of = ",".join("".join(letters[axis] for axis in text.axes) for text in texts)
        spec = f"{of}->{''.join(letters[axis] for axis in kept)}"
        return Text(f'{self.style.module}.einsum("{spec}", {", ".join(text.code for text in texts)})', ATOM, kept)

    def _added(self, text: Text, over: tuple[str, ...]) -> Text:
        at = [place for place, axis in enumerate(text.axes) if axis in over]
        if not at:
            return text
        places = "" if len(at) == len(text.axes) else str(at[0]) if len(at) == 1 else str(tuple(at))
        return Text(f"{text.inside(ATOM)}.sum({places})", ATOM, tuple(axis for axis in text.axes if axis not in over))

    def _function(self, name: str, arguments: Sequence[Text]) -> Text:
        axes = self.in_order({axis for argument in arguments for axis in argument.axes})
        if name in ("max", "min"):
            return self._extreme(name, arguments, axes)
        written = self.style.code(named(name))
        self.helpers |= {f"{written.helper}\n": None} if written.helper else {}
        self.imports |= set(written.imports)
        text = written.text.format(arguments[0].inside(ATOM if written.atom else SUM), like=self.like)
        return Text(text, SUM if written.negative else ATOM, arguments[0].axes)

    def _extreme(self, name: str, arguments: Sequence[Text], axes: tuple[str, ...]) -> Text:
        """The largest or the smallest; numbers clip arrays, whatever kind of number they are."""
        first, *others = arguments
        code = self.lined_up(first, axes).inside(ATOM)
        for each in others:
            if each.axes:
                code = f"{self.style.module}.{name}imum({code}, {self.lined_up(each, axes).code})"
            else:
                code = f"{code}.clip({'min' if name == 'max' else 'max'}={each.code})"
        return Text(code, ATOM, axes)


def _factors(nodes: Iterable[Node]) -> Iterator[Node]:
    """The factors of a product, those of its factors among them."""
    for node in nodes:
        if isinstance(node, Times):
            yield from _factors(node.factors)
        else:
            yield node


def _is_negative(node: Node) -> bool:
    """Has it a minus that can be written before it?"""
    tops = [sp.fraction(each.value)[0] for each in _factors((node,)) if isinstance(each, Constant)]
    return sum(map(is_turned, tops)) % 2 == 1

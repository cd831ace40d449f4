"""Mathematics as people type it, in LaTeX or in plain text, with indices or without: a Pratt parser."""

from __future__ import annotations

from .errors import NotUnderstood, Place
from .indexed import Indexed
from .names import FUNCTIONS, GREEK, letters_of
from .nodes import Node
from .python import MODULES
from .tokens import Token

SUM, PRODUCT, MINUS, POWER = 10, 20, 30, 40
#: How tightly signs bind their two sides; beside each other binds as a product does.
BINDS = {
    "==": 5, "!=": 5, "<": 5, ">": 5, "<=": 5, ">=": 5,
    "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "@": PRODUCT, "cdot": PRODUCT,
}  # fmt: skip
#: Signs that a factor may begin with, when it stands beside another.
OPENERS = frozenset(["(", "[", "frac", "sum", "sqrt", "{", "indicator"])
SPELT = {
    "onehot": "one_hot",
    "logsoftmax": "log_softmax",
    "ln": "log",
    "sgn": "sign",
    "expit": "sigmoid",
    "tr": "trace",
}


class Mathematics(Indexed):
    """A formula. Products may be written side by side, `sum_n` sums over n, and a left side is dropped."""

    def whole(self) -> Node:
        self.drop_left_side()
        node = self.expression(0)
        if self.next.value in (".", ",") and self.at == len(self.tokens) - 1:
            self.take()
        if self.next.kind != "end":
            raise self.unexpected()
        return node

    def drop_left_side(self) -> None:
        """∂L/∂Z = … and dW = … name the gradient; what counts comes after the last sign of equality."""
        depth = 0
        for place, token in enumerate(self.tokens):
            depth += (token.value in ("(", "[", "{")) - (token.value in (")", "]", "}"))
            summed = place > 1 and self.tokens[place - 2].value == "_" and self.before(place - 3, "sum")
            if token.value == "=" and depth == 0 and not summed:
                self.at = place + 1

    def before(self, place: int, value: str) -> bool:
        return place >= 0 and self.tokens[place].value == value

    def expression(self, binds: int) -> Node:
        left = self.prefix()
        while True:
            token = self.next
            if token.kind == "sign" and token.value in BINDS and BINDS[token.value] > binds:
                self.take()
                right = self.expression(BINDS[token.value])
                left = Node({"cdot": "beside"}.get(token.value, token.value), (left, right), place=token.place)
            elif binds < PRODUCT and self.begins_factor():
                self.note_division(left, token)
                left = Node("beside", (left, self.expression(PRODUCT)), place=token.place)
            else:
                return left

    def begins_factor(self) -> bool:
        token = self.next
        return token.kind in ("number", "name", "font", "accent") or token.value in OPENERS

    def note_division(self, left: Node, token: Token) -> None:
        """1/2N is read as (1/2)·N, as Python would: worth saying, since 1/(2N) may be meant."""
        if left.kind == "/" and left.parts[1].kind in ("number", "name") and not token.spaced and token.kind == "name":
            self.divisions.append((left.parts[1], token.value))

    def prefix(self) -> Node:
        token = self.next
        if token.value in ("-", "+") and token.kind == "sign":
            self.take()
            inner = self.expression(MINUS)
            return inner if token.value == "+" else Node("neg", (inner,), place=token.place)
        return self.powers(self.atom())

    def powers(self, node: Node) -> Node:
        """^ and what stands above: an exponent, or the T of a transpose."""
        while True:
            token = self.next
            if token.value == "ᵀ":
                self.take()
                node = Node("T", (node,), place=token.place)
            elif token.value in ("^", "**"):
                self.take()
                node = self.raised(node, token.place)
            elif token.value == "_" and node.kind not in ("number", "entry"):
                node = self.subscripted(node)
            elif token.value == "." and self.peek().kind == "name":
                node = self.method(node)
            elif token.value == "[" and not token.spaced and not self.is_condition() and node.kind == "name":
                node = self.bracketed(node)
            else:
                return node

    def raised(self, node: Node, place: Place) -> Node:
        if self.is_transpose():
            return Node("T", (node,), place=place)
        if self.next.value == "{":
            exponent = self.group()
        elif self.next.value == "-":
            self.take()
            exponent = Node("neg", (self.atom(),), place=place)
        else:
            exponent = self.atom()
        if node.kind == "name" and node.word == "e":
            return Node("call", (exponent,), "exp", place=node.place)
        return Node("^", (node, exponent), place=place)

    def is_transpose(self) -> bool:
        """Takes T, {T}, \\top, {\\mathrm{T}}, \\mathsf T where they stand, and of TX the T alone."""
        start, depth = self.at, 0
        while self.next.value == "{" or self.next.kind == "font":
            depth += self.next.value == "{"
            self.take()
        token = self.next
        if token.value == "ᵀ" or token.value == "T":
            self.take()
            for _ in range(depth):
                self.take("}")
            return True
        if token.kind == "name" and token.value.startswith("T") and not depth and letters_of(token.value):
            rest = Token("name", token.value[1:], Place(token.place.line, token.place.column + 1), spaced=True)
            self.tokens[self.at] = rest
            return True
        self.at = start
        return False

    def atom(self) -> Node:
        token = self.next
        if token.kind == "number":
            self.take()
            if token.value == "1" and self.is_condition(skip_subscript=True):
                return self.condition()
            return Node("number", number=self.number(token), place=token.place)
        if token.kind in ("name", "font", "accent"):
            return self.named()
        self.take()
        match token.value:
            case "(":
                node = self.expression(0)
                if self.next.value == ",":
                    return self.rest_of_tuple(node)
                self.take(")")
                return node
            case "{":
                node = self.expression(0)
                self.take("}")
                return node
            case "[":
                if self.is_condition(inside=True):
                    return self.condition(opened=True)
                node = self.expression(0)
                self.take("]")
                return node
            case "indicator":
                return self.condition()
            case "frac":
                return Node("/", (self.single(), self.single()), place=token.place)
            case "sqrt":
                return Node("call", (self.single(),), "sqrt", place=token.place)
            case "sum":
                return self.summed("sum", token)
            case "|":
                node = self.expression(0)
                self.take("|")
                return Node("call", (node,), "abs", place=token.place)
        self.at -= 1
        raise self.unexpected()

    def number(self, token: Token) -> float:
        value = float(token.value)
        if value == float("inf"):
            raise NotUnderstood("number", token.value, token.place)
        return value

    def rest_of_tuple(self, first: Node) -> Node:
        parts = [first]
        while self.next.value == ",":
            self.take()
            if self.next.value != ")":
                parts.append(self.expression(0))
        self.take(")")
        return Node("tuple", tuple(parts), place=first.place)

    def named(self) -> Node:
        """A name, or a function with its argument."""
        token = self.next
        word = self.word()
        if word == "1":  # \mathbf{1}: a vector of ones, or an indicator
            if self.is_condition(skip_subscript=True):
                return self.condition()
            if self.next.value == "_":
                self.take()
                self.group_or_token()
            return Node("ones", place=token.place)
        if word in ("delta", "I") and self.is_condition(skip_subscript=True, separators=True):
            return self.condition(separators=True)
        if word in ("sum", "mean") and self.next.value == "_":
            return self.summed(word, token)
        called = self.next.value == "(" and not (word == "sigma" and self.holds_sigma())
        if called and (word in FUNCTIONS or word == "sigma" or self.is_dotted_function(word)):
            return self.called("sigmoid" if word == "sigma" else SPELT.get(word, word), token.place)
        if word in ("exp", "log", "ln", "softmax", "sigmoid", "diag", "sign", "tanh", "log_softmax", "tr"):
            if self.next.value == "_":
                return self.function_of_row(SPELT.get(word, word), token.place)
            return Node("call", (self.expression(MINUS),), SPELT.get(word, word), place=token.place)
        if word in MODULES | {"functional"} and self.next.value == ".":
            self.take()
            return self.named()
        return self.product_of_letters(word, token)

    def holds_sigma(self) -> bool:
        """Is σ by itself in the brackets that begin here? Then σ is an array there, and so it is before: σ(1 − σ)."""
        depth = 0
        for place, token in enumerate(self.tokens[self.at :], self.at):
            depth += (token.value == "(") - (token.value == ")")
            if depth == 0:
                return False
            if GREEK.get(token.value) == "sigma" and not self.before(place + 1, "("):
                return True
        return False

    def is_dotted_function(self, word: str) -> bool:
        """np.exp: a module stood before."""
        return self.at > 1 and self.tokens[self.at - 2].value == "." and word.isidentifier()

    def product_of_letters(self, word: str, token: Token) -> Node:
        letters = letters_of(word) if token.kind == "name" else None
        if not letters:
            return Node("name", word=word, place=token.place)
        nodes = [
            Node("name", word=letter, place=Place(token.place.line, token.place.column + k))
            for k, letter in enumerate(letters)
        ]
        nodes[-1] = self.powers(nodes[-1])
        first = nodes[0]
        for each in nodes[1:]:
            first = Node("beside", (first, each), place=each.place)
        return first

    def called(self, word: str, place: Place) -> Node:
        self.take("(")
        parts: list[Node] = []
        options: list[tuple[str, Node]] = []
        while self.next.value != ")":
            if self.next.kind == "name" and self.peek().value == "=":
                name = self.take().value
                self.take("=")
                options.append((name, self.expression(0)))
            else:
                parts.append(self.expression(0))
            if self.next.value != ")":
                self.take(",")
        self.take(")")
        return Node("call", tuple(parts), word, options=tuple(options), place=place)

    def method(self, node: Node) -> Node:
        self.take(".")
        token = self.take()
        if token.value in ("T", "mT"):
            return Node("T", (node,), place=token.place)
        if self.next.value == "(":
            call = self.called(token.value, token.place)
            return Node("call", (node, *call.parts), token.value, options=call.options, place=token.place)
        return Node("attribute", (node,), token.value, place=token.place)

    def function_of_row(self, word: str, place: Place) -> Node:
        """softmax_j(z_n) is the entry n, j of softmax(Z)."""
        indices = self.indices()
        call = self.called(word, place)
        argument = call.parts[0] if call.parts else None
        if argument is None or argument.kind != "entry":
            raise NotUnderstood("syntax", word, place)
        inner = Node("call", (argument.parts[0],), word, place=place)
        return Node("entry", (inner, *argument.parts[1:2], *indices), place=place)

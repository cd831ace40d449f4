"""The part of mathematics that has indices: entries, sums, Kronecker deltas and indicators."""

from __future__ import annotations

from dataclasses import replace

from .errors import NotUnderstood, Place
from .names import WORDS
from .nodes import Node
from .tokens import Token, tokens

CLOSING = {"[": "]", "(": ")", "{": "}"}


class Indexed:
    """What the parser of mathematics does with indices, and how it walks along its tokens."""

    def __init__(self, text: str):
        self.tokens = tokens(text)
        place = Place()
        if self.tokens:
            last = self.tokens[-1]
            place = Place(last.place.line, last.place.column + len(last.value))
        self.end = Token("end", "", place)
        self.at = 0
        self.divisions: list[tuple[Node, str]] = []

    # Along the tokens

    @property
    def next(self) -> Token:
        return self.peek(0)

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else self.end

    def take(self, wanted: str = "") -> Token:
        token = self.next
        if token.kind == "end":
            raise NotUnderstood("incomplete", wanted, token.place)
        if wanted and token.value != wanted:
            raise self.unexpected()
        self.at += 1
        return token

    def unexpected(self) -> NotUnderstood:
        token = self.next
        if token.kind == "end":
            return NotUnderstood("incomplete", "", token.place)
        return NotUnderstood("syntax", token.value, token.place)

    def expression(self, binds: int) -> Node:
        raise NotImplementedError

    def atom(self) -> Node:
        raise NotImplementedError

    def group(self) -> Node:
        self.take("{")
        node = self.expression(0)
        self.take("}")
        return node

    def single(self) -> Node:
        """What \\frac takes: a group, or one character, so that \\frac12 is a half."""
        token = self.next
        if token.value == "{":
            return self.group()
        splits = token.value.isdigit() if token.kind == "number" else token.kind == "name" and token.value not in WORDS
        if splits and len(token.value) > 1:
            place = Place(token.place.line, token.place.column + 1)
            self.tokens[self.at] = Token(token.kind, token.value[1:], place)
            if token.kind == "number":
                return Node("number", number=float(token.value[0]), place=token.place)
            return Node("name", word=token.value[0], place=token.place)
        return self.atom()

    # Words

    def word(self) -> str:
        """A name, without its font; with its hat as in code."""
        token = self.take()
        if token.kind == "font":
            if self.next.value != "{":
                return self.take().value
            self.take()
            pieces = []
            while self.next.value != "}":
                pieces.append(self.word() if self.next.kind in ("font", "accent") else self.take().value)
            self.take("}")
            return "".join(pieces).replace("-", "_")
        if token.kind == "accent":
            braced = self.next.value == "{"
            if braced:
                self.take()
            base = self.word()
            if braced:
                self.take("}")
            return base if base.endswith("_hat") else f"{base}_hat"
        return token.value

    # Indices

    def subscripted(self, node: Node) -> Node:
        start = self.at
        joined = self.joined(node)
        if joined:
            return joined
        self.at = start
        indices = self.indices()
        if node.kind == "call" and len(node.parts) == 1 and node.parts[0].kind == "entry":  # softmax(z_n)_j
            array, *row = node.parts[0].parts
            return Node("entry", (replace(node, parts=(array,)), *row, *indices), place=node.place)
        return Node("entry", (node, *indices), place=node.place)

    def joined(self, node: Node) -> Node | None:
        """Y_{\\text{hat}} and w_{pos} are names where these are known."""
        if node.kind != "name":
            return None
        self.take("_")
        braced = self.next.value == "{"
        if braced:
            self.take()
        if self.next.kind not in ("name", "font"):
            return None
        word = f"{node.word}_{self.word()}"
        if braced and self.next.value != "}":
            return None
        if braced:
            self.take()
        return Node("name", word=word, place=node.place) if word in WORDS and self.next.value != "_" else None

    def indices(self) -> tuple[Node, ...]:
        """_nj, _{nj}, _{n, j}, _{n, y_n}, _{y_n}."""
        self.take("_")
        if self.next.value != "{":
            return self.index()
        self.take()
        found: list[Node] = []
        while self.next.value != "}":
            if self.next.value == ",":
                self.take()
            else:
                found += self.index()
        self.take("}")
        return tuple(found)

    def bracketed(self, node: Node) -> Node:
        """p[n, j] with letters."""
        self.take("[")
        found = list(self.index())
        while self.next.value == ",":
            self.take()
            found += self.index()
        self.take("]")
        return Node("entry", (node, *found), place=node.place)

    def index(self) -> tuple[Node, ...]:
        """The letters of one word; y_n and y[n] are a label."""
        token = self.take()
        if token.kind != "name" or not token.value.isalpha():
            raise NotUnderstood("syntax", token.value, token.place)
        if token.value in ("y", "t") and self.next.value in ("_", "[", "("):
            if self.next.value == "_":
                inner = self.indices()
            else:
                close = CLOSING[self.take().value]
                inner = self.index()
                self.take(close)
            if len(inner) != 1 or inner[0].kind != "name":
                raise NotUnderstood("syntax", token.value, token.place)
            return (Node("label", inner, token.value, place=token.place),)
        if token.value == "y" or token.value in WORDS:
            return (Node("label", (), token.value, place=token.place),)
        return tuple(Node("name", word=each, place=token.place) for each in token.value)

    # Conditions

    def is_condition(self, skip_subscript: bool = False, inside: bool = False, separators: bool = False) -> bool:
        """Does a bracket come that says when: [j == y_n], 1[j = y_n], \\delta_{j, y_n}?"""
        at = self.at - inside
        signs = ["=", "==", "!="] + [","] * separators
        if skip_subscript and at < len(self.tokens) and self.tokens[at].value == "_":
            at += 1
            if separators and self.tokens[at : at + 1] and self.tokens[at].kind == "name":
                return True
        if at >= len(self.tokens) or self.tokens[at].value not in CLOSING:
            return False
        if separators and self.tokens[at].value == "{":
            return True
        depth = 0
        for token in self.tokens[at:]:
            depth += (token.value in CLOSING) - (token.value in CLOSING.values())
            if depth == 0:
                return False
            if token.value in signs and depth <= 1 + (token.value != ","):
                return True
        return False

    def condition(self, opened: bool = False, separators: bool = False) -> Node:
        """1 where two indices are equal, or differ; else 0."""
        place = self.next.place
        if opened:
            self.at -= 1
        if self.next.value == "_":
            self.take()
        close: list[str] = []
        while self.next.value in CLOSING:
            close.insert(0, CLOSING[self.take().value])
        found = list(self.index())
        sign = "=="
        while self.next.value in ("=", "==", "!=", ","):
            sign = self.take().value
            found += self.index()
        if separators and len(found) == 1:
            found += self.index()
        for each in close:
            self.take(each)
        if len(found) != 2:
            raise NotUnderstood("syntax", "".join(each.word for each in found), place)
        return Node("unequal" if sign == "!=" else "delta", tuple(found), place=place)

    def summed(self, word: str, token: Token) -> Node:
        """sum_n …, \\sum_{n=1}^{N} …, \\sum_{k \\neq j} …: over what stands beside it."""
        letters: list[str] = []
        unequal: list[Node] = []
        if self.next.value != "_":
            return Node("call", (self.expression(15),), word, place=token.place)
        self.take()
        if self.next.value == "{":
            self.take()
            while self.next.value != "}":
                self.range_of(letters, unequal)
            self.take("}")
        else:
            letters += list(self.take().value)
            if self.next.value == "=":
                self.take()
                self.atom()
        if self.next.value == "^":
            self.take()
            self.group_or_token()
        if not letters or not all(each.isalpha() and each.islower() for each in letters):
            raise NotUnderstood("syntax", "".join(letters) or "_", token.place)
        body = self.expression(15)
        for each in unequal:
            body = Node("beside", (each, body), place=each.place)
        return Node(f"{word}_over", (body,), "".join(letters), place=token.place)

    def range_of(self, letters: list[str], unequal: list[Node]) -> None:
        """One part of what stands below a sum: a letter, its beginning, or a letter it is not."""
        token = self.take()
        if token.value in ("=", "=="):
            self.expression(10)
        elif token.value == "!=":
            left = Node("name", word=letters[-1] if letters else "", place=token.place)
            unequal.append(Node("unequal", (left, *self.index()), place=token.place))
        elif token.kind == "name":
            letters += list(token.value)
        elif token.value != ",":
            raise NotUnderstood("syntax", token.value, token.place)

    def group_or_token(self) -> None:
        if self.next.value == "{":
            self.group()
        elif self.next.kind == "number" or self.next.kind == "name":
            self.single()
        else:
            self.take()

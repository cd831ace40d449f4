"""Run printed code with less memory: the same operations in the same order, but nothing kept that is used no more.

Printed code names its intermediates so that it can be read. Here, before it is compiled, an intermediate is deleted
after its last use, a difference overwrites an intermediate used no more, and a scaling overwrites what it scales. The
numbers are the same, bit by bit.
"""

from __future__ import annotations

import ast
from collections import Counter

#: Names of numbers in printed code, and of tensors without dimensions.
NUMBERS = {"N", "C", "S", "label_smoothing"}


def frugal(source: str) -> str:
    """`source` with its function `gradients` rewritten."""
    tree = ast.parse(source)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "gradients")
    function.body = [_one_hot_once(statement) for statement in function.body]
    own = {name for statement in function.body for name in _assigned(statement)}
    given = {argument.arg for argument in function.args.args}
    body: list[ast.stmt] = []
    for place, statement in enumerate(function.body):
        later = set().union(*(_uses(each) for each in function.body[place + 1 :]))
        last = {name for name in own - given - NUMBERS - later if name in _uses(statement)}
        if isinstance(statement, ast.Assign):
            once = {name for name in last if _uses(statement)[name] == 1}
            statement.value = _in_place(statement.value, once)
        body.append(statement)
        freed = sorted(last - _assigned(statement))
        if freed and place < len(function.body) - 1:
            body.append(ast.Delete([ast.Name(name, ast.Del()) for name in freed]))
    function.body = body
    return ast.unparse(ast.fix_missing_locations(tree))


def _assigned(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _uses(statement: ast.AST) -> Counter[str]:
    return Counter(
        node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def _in_place(value: ast.expr, free: set[str]) -> ast.expr:
    """c * (a - b) as a.sub_(b).mul_(c), where a is in `free`; what is not of this form stays."""
    if not isinstance(value, ast.BinOp):
        return value
    if isinstance(value.op, ast.Mult) and _is_number(value.left) and isinstance(value.right, ast.BinOp):
        return _method(_in_place(value.right, free), "mul_", value.left)
    if isinstance(value.op, ast.Sub) and isinstance(value.left, ast.Name) and value.left.id in free:
        return _method(value.left, "sub_", value.right)
    return value


def _is_number(node: ast.expr) -> bool:
    return all(
        isinstance(each, ast.Constant | ast.BinOp | ast.operator | ast.expr_context | ast.UnaryOp | ast.unaryop)
        or (isinstance(each, ast.Name) and each.id in NUMBERS)
        for each in ast.walk(node)
    )


def _method(of: ast.expr, name: str, argument: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(of, name, ast.Load()), [argument], [])


def _one_hot_once(statement: ast.stmt) -> ast.stmt:
    """The one-hot matrix in its own dtype at once, without torch's int64 before it."""
    match statement:
        case ast.Assign(
            value=ast.Call(func=ast.Attribute(value=ast.Call(func=one_hot, args=[labels, _])), args=[like])
        ) if ast.unparse(one_hot) == "torch.nn.functional.one_hot":
            text = f"{ast.unparse(like)}.new_zeros((N, C)).scatter_(1, {ast.unparse(labels)}[:, None], 1)"
            statement.value = ast.parse(text, mode="eval").body
    return statement

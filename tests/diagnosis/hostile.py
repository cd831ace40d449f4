"""Texts that no formula is, or that would do harm if anybody ran them."""

from __future__ import annotations

import random
from collections.abc import Iterator

CHOSEN = (
    "__import__('os').system('x')",
    "np.os.system('x')",
    "import os\nos.system('x')",
    "open('/etc/passwd').read()",
    "eval('Z')",
    "exec('Z')",
    "globals()['Z']",
    "getattr(Z, 'T')",
    "np.load('x')",
    "np.fromfile('x')",
    "torch.hub.load('x', 'y')",
    "Z.__class__.__mro__[1].__subclasses__()",
    "().__class__.__bases__[0]",
    "np.__dict__",
    "f'{Z}'",
    "f'{__import__(\"os\")}'",
    "(Z := 1)",
    "[x for x in Z]",
    "[x for x in range(10**9)]",
    "lambda: (yield)",
    "class A: pass",
    "try:\n    Z\nexcept: pass",
    "with open('x') as f:\n    Z",
    "while True:\n    pass",
    "for i in range(10**9):\n    Z = Z + 1",
    "for i in range(10**12):\n    Z = Z + 1",
    "def f(Z):\n    for i in range(10**30):\n        Z = Z + 1\n    return Z",
    "np.zeros(10**12)",
    "for i in range(10**4):\n    for j in range(10**4):\n        pass",
    "def f(n):\n    return f(n)\nf(Z)",
    "def f(n):\n    return f(n) + f(n)\nf(Z)",
    "f = lambda x: f(x)\nf(Z)",
    "range(10**18)",
    "np.zeros((100000, 100000))",
    "np.eye(10**8)",
    "np.arange(10**9)",
    "x = Z\nfor i in range(200):\n    x = np.outer(x, x)\nx",
    "x = (1, 2)\nfor i in range(100):\n    x = x + x\nx",
    "x = 'a'\nfor i in range(100):\n    x = x + x\nx",
    "s = Z.shape\nfor i in range(64):\n    s = s + s\nnp.zeros(s)",
    "np.einsum('ab,cd,ef,gh', Z, Z, Z, Z)",
    "np.einsum('" + "a" * 100 + "', Z)",
    "p_nj p_mk p_ab p_cd p_ef",
    "(" * 500,
    "(" * 500 + "Z" + ")" * 500,
    "[" * 1500 + "Z" + "]" * 1500,
    "-" * 3999 + "Z",
    "Z" + "+Z" * 1900,
    "Z" + ".T" * 1900,
    "Z" + "[0]" * 1000,
    "not " * 900 + "Z",
    "\\frac{" * 600,
    "\\hat" * 900 + "y",
    "p" + "_n" * 1500,
    "1" * 3999,
    "Z\x00",
    "Z\u200b",
    "\u202eZ",
    "\ud800",
    "\\input{/etc/passwd}",
    "\\def\\x{\\x}\\x",
    "Z" * 5000,
    "1e999999",
    "9**9**9**9",
    "x = 64\nfor i in range(10**5):\n    x = x ** x\nx",
    "Z[::0]",
    "Z[10**30]",
    "P[1e308] = 1",
    "Z.reshape(-1, -1)",
    "Z.sum(axis=(0, 1, 2, 3))",
    "softmax(Z, axis=1e300)",
    "a, b, c = Z.shape",
    "for i in range(0, 5, 0):\n    Z",
    "break",
    "return",
)
#: These are formulas, if odd ones: nothing is wrong but their value.
ODD = (
    "1e308*1e308*Z",
    "9**9**9**9*Z",
    "10**400*Z",
    "x = Z\nfor i in range(300):\n    x = x ** 2\nx",
    "np.exp(np.exp(np.exp(Z*100)))",
    "0/0*Z",
    "(-8)**0.5*Z",
    "0**-1*Z",
    "Z/0",
    "𝐙 - 𝐘",
)
FORMULAS = (
    "(softmax(Z) - Y) / N",
    "sum_n (p_nj - y_nj) x_nm / N",
    r"\frac{1}{N}\left(\frac{e^{z_{nj}}}{\sum_k e^{z_{nk}}} - \delta_{j, y_n}\right)",
    r"\frac{1}{N}(P-\hat Y)^\top X + \mathbb{1}[j = y_n]",
    "G = softmax(Z)\nfor n in range(N):\n    if y[n] == 1:\n        continue\n    G[n, y[n]] -= 1\nG / len(y)",
    "def f(Z, y, eps=0.1):\n    P = np.exp(Z - Z.max(1, keepdims=True))\n    return P[:, None][0] / P.sum(1)",
    'np.einsum("nc,nd->cd", np.where(P > 0, P, 0), X.reshape(N, -1)).T',
    "lambda Z, Y: torch.nn.functional.one_hot(y, C).sum(dim=0)[1:3] if N > 2 else ~(Z < Y)",
)
TOKENS = r"""
Z P Y y X W b G N C 1 2 0 -1 1e300 ( ) [ ] { } , : . .T .sum( np. torch. exp( softmax( + - * / ** @ ^ _ = == < != -=
for i in range( if else return def lambda \frac \sum \hat \mathbf \delta _{nj} p_nj sum_n y_n | ᵀ Σ σ ·
None ... axis=
np.arange( np.zeros( einsum( 'nc,nd->cd' reshape( [:,None] [y] % // & ~ not and or is where( ; ' # $ ` ∂ ε ŷ import
"""
PIECES = TOKENS.split()


def random_texts(count: int, seed: int) -> Iterator[str]:
    """Tokens one after the other; and formulas with some of their pieces changed, left out or repeated."""
    draw = random.Random(seed)
    for place in range(count):
        if place % 2:
            between = draw.choice(("", " ", " ", "\n"))
            yield between.join(draw.choice(PIECES) for _ in range(draw.randint(1, 14)))
        else:
            text = draw.choice(FORMULAS)
            for _ in range(draw.randint(1, 3)):
                text = changed(text, draw)
            yield text


def changed(text: str, draw: random.Random) -> str:
    start = draw.randrange(len(text) + 1)
    end = min(len(text), start + draw.randint(0, 4))
    piece = draw.choice(("", draw.choice(PIECES), text[start:end] * 2, draw.choice(FORMULAS)[start : start + 5]))
    return text[:start] + piece + text[end:]

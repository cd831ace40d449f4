"""Numbers of 50 decimal digits, in contexts of our own: what a program sets mpmath to is neither used nor changed.

A number of mpmath belongs to a context, which says how many digits its sums, its exp and its text have. That of
`mpmath.mpf` is one for the whole process; so changing its digits for a while, as `mpmath.workdps` does, changes them
for every other thread too.
"""

from __future__ import annotations

import copyreg
from typing import Any

import mpmath
from mpmath.libmp import from_pickable, to_pickable

from . import vendor

#: The digits asked for, and those kept beyond them.
DIGITS = 50
GUARD = 10
#: The most digits that anything is computed with.
MOST = 16 * (DIGITS + GUARD)


def _context(digits: int) -> mpmath.MPContext:
    context = mpmath.MPContext()
    context.dps = digits
    return context


#: What is computed with. `given` has the numbers that leave the library: they print 50 digits.
working, given = _context(DIGITS + GUARD), _context(DIGITS)
#: How far two equal values may be apart, relative to 1 + their size: only what the last ten digits tell.
TOLERANCE = working.mpf(10) ** (GUARD - DIGITS)

# mpmath keeps ln 2, e and π in as many digits as were ever asked for, and looks them up in two steps, between which
# another thread may replace them. Asked for here, more than are needed, they stay.
for _of_one in (working.exp, working.log, working.erf):
    with working.workdps(2 * MOST):
        _of_one(1), _of_one(working.mpf(1000) / 7)


def _restored(parts: tuple) -> Any:
    return given.make_mpf(from_pickable(parts))


# By itself pickle would look for the class under the name of mpmath's own.
copyreg.pickle(given.mpf, lambda number: (_restored, (to_pickable(vendor.parts(number)),)))

"""Fractions that count fast: the numbers of :class:`fractions.Fraction`, several times as quick.

The standard class serves every kind of number, and asks at each step which it has. Positions in a song are
fractions and integers only, and planning adds and compares millions of them. Both classes mix, are equal
where their numbers are, and hash and print alike; for type checkers they are one.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING, Any

__all__ = ["Fraction"]

if TYPE_CHECKING:
    from fractions import Fraction
else:
    from fractions import Fraction as _Fraction

    _new = object.__new__

    _WHOLE = 2**53  # up to here floats hold every integer
    _KEPT = 1 << 15  # fractions that are kept: those of one song come again and again

    class Fraction(_Fraction):
        """A fraction in lowest terms; see :class:`fractions.Fraction`.

        Its methods take the short way for fractions and integers, and leave all else to the standard class.
        """

        __slots__ = ()

        # The slots themselves: the standard properties cost a call.
        numerator = _Fraction._numerator
        denominator = _Fraction._denominator

        def __new__(cls, numerator: Any = 0, denominator: Any = None) -> Fraction:
            """Return the fraction of any numbers or text that the standard class takes."""
            kind = type(numerator)
            if kind is int:
                if denominator is None:
                    return _made(numerator, 1)
                if type(denominator) is int and denominator > 0:
                    return _reduced(numerator, denominator)
            elif denominator is None and kind is Fraction:
                return numerator
            return super().__new__(cls, numerator, denominator)

        def __add__(self, other: Any) -> Any:
            kind = type(other)
            if kind is Fraction or kind is _Fraction:
                mine, theirs = self._denominator, other._denominator
                if mine == theirs:
                    return _reduced(self._numerator + other._numerator, mine)
                return _reduced(self._numerator * theirs + other._numerator * mine, mine * theirs)
            if kind is int:
                return _made(self._numerator + other * self._denominator, self._denominator)
            return _Fraction.__add__(self, other)

        __radd__ = __add__

        def __sub__(self, other: Any) -> Any:
            kind = type(other)
            if kind is Fraction or kind is _Fraction:
                mine, theirs = self._denominator, other._denominator
                if mine == theirs:
                    return _reduced(self._numerator - other._numerator, mine)
                return _reduced(self._numerator * theirs - other._numerator * mine, mine * theirs)
            if kind is int:
                return _made(self._numerator - other * self._denominator, self._denominator)
            return _Fraction.__sub__(self, other)

        def __rsub__(self, other: Any) -> Any:
            kind = type(other)
            if kind is int or kind is _Fraction:
                return Fraction(other.numerator, other.denominator) - self
            return _Fraction.__rsub__(self, other)

        def __mul__(self, other: Any) -> Any:
            kind = type(other)
            if kind is Fraction or kind is _Fraction:
                return _reduced(self._numerator * other._numerator, self._denominator * other._denominator)
            if kind is int:
                return _reduced(self._numerator * other, self._denominator)
            return _Fraction.__mul__(self, other)

        __rmul__ = __mul__

        def __truediv__(self, other: Any) -> Any:
            kind = type(other)
            if (kind is Fraction or kind is _Fraction or kind is int) and other.numerator > 0:
                return _reduced(self._numerator * other.denominator, self._denominator * other.numerator)
            return _Fraction.__truediv__(self, other)

        def __rtruediv__(self, other: Any) -> Any:
            kind = type(other)
            if kind is int or kind is _Fraction:
                return Fraction(other.numerator, other.denominator) / self
            return _Fraction.__rtruediv__(self, other)

        def __floordiv__(self, other: Any) -> Any:
            kind = type(other)
            if kind is Fraction or kind is _Fraction:
                return self._numerator * other._denominator // (self._denominator * other._numerator)
            if kind is int:
                return self._numerator // (self._denominator * other)
            return _Fraction.__floordiv__(self, other)

        def __mod__(self, other: Any) -> Any:
            kind = type(other)
            if kind is Fraction or kind is _Fraction:
                mine, theirs = self._denominator, other._denominator
                return _reduced(self._numerator * theirs % (other._numerator * mine), mine * theirs)
            if kind is int:
                return _made(self._numerator % (other * self._denominator), self._denominator)
            return _Fraction.__mod__(self, other)

        def __neg__(self) -> Fraction:
            return _made(-self._numerator, self._denominator)

        def __abs__(self) -> Fraction:
            return _made(abs(self._numerator), self._denominator)

        def __lt__(self, other: Any) -> bool:
            kind = type(other)
            if kind is Fraction or kind is _Fraction:
                return self._numerator * other._denominator < other._numerator * self._denominator
            if kind is int:
                return self._numerator < other * self._denominator
            return _Fraction.__lt__(self, other)

        def __le__(self, other: Any) -> bool:
            kind = type(other)
            if kind is Fraction or kind is _Fraction:
                return self._numerator * other._denominator <= other._numerator * self._denominator
            if kind is int:
                return self._numerator <= other * self._denominator
            return _Fraction.__le__(self, other)

        def __gt__(self, other: Any) -> bool:
            kind = type(other)
            if kind is Fraction or kind is _Fraction:
                return self._numerator * other._denominator > other._numerator * self._denominator
            if kind is int:
                return self._numerator > other * self._denominator
            return _Fraction.__gt__(self, other)

        def __ge__(self, other: Any) -> bool:
            kind = type(other)
            if kind is Fraction or kind is _Fraction:
                return self._numerator * other._denominator >= other._numerator * self._denominator
            if kind is int:
                return self._numerator >= other * self._denominator
            return _Fraction.__ge__(self, other)

        def __eq__(self, other: Any) -> bool:
            kind = type(other)
            if kind is Fraction or kind is _Fraction:
                return self._numerator == other._numerator and self._denominator == other._denominator
            if kind is int:
                return self._numerator == other and self._denominator == 1
            return _Fraction.__eq__(self, other)

        def __hash__(self) -> int:
            over, under = self._numerator, self._denominator
            if under == 1:
                return hash(over)
            if not under & (under - 1) and -_WHOLE < over < _WHOLE and under < _WHOLE:
                return hash(over / under)  # a float is the same number, and its hash is there at once
            return _hash(over, under)

        def __bool__(self) -> bool:
            return self._numerator != 0

        def __float__(self) -> float:
            return self._numerator / self._denominator

        def __copy__(self) -> Fraction:
            return self

        def __deepcopy__(self, memo: Any) -> Fraction:
            return self

    def _made(numerator: int, denominator: int) -> Fraction:
        """Return a fraction of terms that are lowest already."""
        made = _new(Fraction)
        made._numerator = numerator
        made._denominator = denominator
        return made

    @lru_cache(_KEPT)
    def _reduced(numerator: int, denominator: int) -> Fraction:
        """Return a fraction of any terms; the denominator is above 0."""
        shared = gcd(numerator, denominator)
        made = _new(Fraction)
        if shared == 1:
            made._numerator = numerator
            made._denominator = denominator
        else:
            made._numerator = numerator // shared
            made._denominator = denominator // shared
        return made

    @lru_cache(_KEPT)
    def _hash(numerator: int, denominator: int) -> int:
        """Return the hash that the standard class has: equal numbers of all kinds hash alike."""
        return hash(_Fraction(numerator, denominator))

"""How many examples a property is tried on: a tenth by default, all of them where the profile is ``many``."""

from __future__ import annotations

from hypothesis import settings

MANY = 100
"""Examples of a property that names no number, by the profile ``many``; other profiles are shares of it."""

FEWEST = 3


def examples(count: int) -> settings:
    """Settings for a property that tries ``count`` examples by the profile ``many``, and their share by another one.

    >>> examples(2).max_examples
    2
    >>> FEWEST <= examples(40).max_examples <= 40
    True
    """
    share = settings().max_examples / MANY
    return settings(max_examples=max(min(FEWEST, count), round(count * share)))

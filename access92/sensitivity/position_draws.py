"""Seeded draws of doubtful positions: uniform in the disc of the stated radius, the same whatever else is run."""

from __future__ import annotations

import hashlib

import numpy as np


def disc_offsets(x: float, y: float, *, draws: int, seed: int) -> np.ndarray:
    """Offsets uniform in the disc of radius 1, for a place at (x, y) metres: (draws, 2), float64.

    They depend on the place (to the metre) and on the seed alone: not on the other places, nor on how many
    draws follow. Two services at one address are at one address in every draw.

    Examples
    --------
    >>> offsets = disc_offsets(650_000, 6_860_000, draws=3, seed=92)
    >>> bool((np.hypot(*offsets.T) <= 1).all())
    True
    >>> np.array_equal(offsets[:2], disc_offsets(650_000.2, 6_860_000, draws=2, seed=92))
    True
    """
    place = hashlib.sha256(f"{seed}|{x:.0f}|{y:.0f}".encode()).digest()
    generator = np.random.Generator(np.random.PCG64(int.from_bytes(place[:16], "big")))
    share, turn = generator.random((draws, 2)).T
    radius, angle = np.sqrt(share), 2 * np.pi * turn
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def drawn_places(x: np.ndarray, y: np.ndarray, radius_m: np.ndarray, *, draws: int, seed: int) -> np.ndarray:
    """Where each place is in each draw: (n, draws, 2), metres, uniform in the disc of its own radius.

    >>> drawn_places(np.array([5.0]), np.array([7.0]), np.array([0.0]), draws=2, seed=1).tolist()
    [[[5.0, 7.0], [5.0, 7.0]]]
    """
    offsets = [disc_offsets(east, north, draws=draws, seed=seed) for east, north in zip(x, y, strict=True)]
    moved = np.array(offsets).reshape(len(x), draws, 2) * np.asarray(radius_m, dtype=float)[:, None, None]
    drawn: np.ndarray = np.stack([x, y], axis=1)[:, None, :] + moved
    return drawn

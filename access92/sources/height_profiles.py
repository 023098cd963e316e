"""Heights (metres) at equal distances along streets: what slopes are taken from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class HeightProfiles:
    """Heights at equal distances along streets, ends included, in the order of their table.

    Those of street i are ``height_m[first[i] : first[i + 1]]``, along its geometry. ``filled_km``: of streets whose
    heights lie in holes of the rasters that were interpolated.
    """

    height_m: np.ndarray
    first: np.ndarray
    filled_km: float

    def piece_slopes(self, length_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The slope of each piece (rise ÷ length, along the geometry) and the number of pieces of each street.

        >>> profiles = HeightProfiles(np.array([0.0, 1.0, 1.0, 5.0, 4.0]), np.array([0, 3, 5]), 0.0)
        >>> slopes, pieces = profiles.piece_slopes(np.array([40.0, 10.0]))
        >>> slopes.tolist(), pieces.tolist()
        ([0.05, 0.0, -0.1], [2, 1])
        """
        pieces = np.diff(self.first) - 1
        rise_m = np.diff(self.height_m)
        rise_m = np.delete(rise_m, self.first[1:-1] - 1)  # from the end of one street to the start of the next
        return rise_m / np.repeat(length_m / pieces, pieces), pieces

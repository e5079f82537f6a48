"""Pauses between attempts."""

from __future__ import annotations

import random

_FIRST_SECONDS = 0.1
_LONGEST_SECONDS = 5.0


def back_off(attempt: int, least: float = 0.0) -> float:
    """Returns how many seconds to wait before the next of several attempts.

    Between half and all of 0.1 s, doubled after each attempt, up to 5 s. The random part keeps
    clients that failed at the same time from coming back at the same time.

    Args:
        attempt: How many attempts there were before the last one.
        least: The minimum, in seconds.
    """
    half = min(_FIRST_SECONDS * 2.0 ** min(attempt, 10), _LONGEST_SECONDS) / 2
    return max(half, least) * random.uniform(1, 2)

"""How long somebody who stands at a stop will still stand there.

Service times are log-normal (`dwell`): who has been there for long will be there for longer than the mean says, for the
quick ones have left. The mean of a log-normal variable above a bound is a closed form (Johnson, Kotz, Balakrishnan,
"Continuous Univariate Distributions" I, 1994, chapter 14).
"""

from math import erf, exp, log, sqrt

MOST_MORE = 2
"""Who is far too long at a stop has forgotten to say that they left: no more than half a stop is added."""
SIGMA = 0.4
"""Standard deviation of the logarithm of service times at one place (see `dwell._CHANCE`)."""


def whole_ms(mean_ms: int, gone_ms: int, sigma: float = SIGMA) -> int:
    """How long a stop takes in the mean that takes `mean_ms` and of which `gone_ms` are over."""
    if gone_ms <= 0 or mean_ms <= 0:
        return max(mean_ms, gone_ms)
    z = log(mean_ms / gone_ms) / sigma
    above = _phi(z - sigma / 2)
    mean_above_ms = mean_ms * _phi(z + sigma / 2) / above if above > 1e-6 else gone_ms * exp(sigma**2)
    return min(max(mean_ms, gone_ms, round(mean_above_ms)), max(mean_ms, gone_ms + mean_ms // MOST_MORE))


def _phi(z: float) -> float:
    """The standard normal distribution."""
    return (1 + erf(z / sqrt(2))) / 2

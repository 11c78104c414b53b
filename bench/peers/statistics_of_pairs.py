"""From pairs of measurements to one line and a verdict. Pure functions: no clock, no process."""
from dataclasses import dataclass
from statistics import median

SPREAD_MAX = 1.5  # largest ratio of pairs over smallest above which a row is measured once more


@dataclass(frozen=True)
class Summary:
    """Medians over the pairs of one row; ratio is ours over peer, more is better."""
    ours: float
    peer: float
    ratio: float
    lowest: float
    highest: float

    @property
    def spread(self):
        return self.highest / self.lowest if self.lowest > 0 else float("inf")


def summarise(pairs):
    """The ratio is the median of the pairs' ratios, not the ratio of the medians: drift of the machine cancels within a pair."""
    if not pairs:
        raise ValueError("no pairs")
    if any(peer <= 0 for _, peer in pairs):
        raise ValueError("a peer that did nothing cannot be compared with")
    ratios = [ours / peer for ours, peer in pairs]
    return Summary(median(o for o, _ in pairs), median(p for _, p in pairs), median(ratios), min(ratios), max(ratios))


def measure(run_pair, count, note=lambda text: None):
    """Runs the pairs; when they scatter too much, runs them once more and keeps the second set."""
    summary = summarise([run_pair(i) for i in range(count)])
    if summary.spread > SPREAD_MAX:
        note(f"spread {summary.spread:.2f} is over {SPREAD_MAX}: measuring once more")
        summary = summarise([run_pair(i) for i in range(count)])
    return summary


def number(value):
    """Four significant digits, without an exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.4g}"


def line(row_id, summary, unit, mode, inflight, at_least):
    """The line that other programs read; a ratio that only rounds up to the bound does not pass."""
    verdict = "pass" if summary.ratio >= at_least else "short"
    return (f"{row_id} ours={number(summary.ours)} peer={number(summary.peer)} unit={unit} mode={mode} inflight={inflight} "
            f"ratio={summary.ratio:.3f} min={summary.lowest:.3f} max={summary.highest:.3f} at-least={at_least:g} {verdict}")

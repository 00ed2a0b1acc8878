"""The figures of the benchmark as one text."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from tests.bench.detect.arms import Judged
from tests.bench.detect.score import TOP, Score
from tests.bench.detect.truth import Truth


def ways(scores: Mapping[str, Score]) -> Iterable[str]:
    """A line for each way to detect."""
    yield (
        f"{'':<34}{'items':>8}{'raised':>8}{'reviewed':>9}{'recall':>8}{'alone':>8}{'right':>7}{f'top {TOP}':>8}"
        f"{'days':>7}"
    )
    for name, score in scores.items():
        wait = "-" if score.days_to_first is None else f"{score.days_to_first:.1f}"
        yield (
            f"{name:<34}{score.items:>8}{score.raised:>8.1%}{score.reviewed:>9}{score.recall:>8.1%}{score.alone:>8.1%}{score.precision_reviewed:>7.0%}"
            f"{score.precision_top:>8.0%}{wait:>7}"
        )


def scenarios(scores: Mapping[str, Score]) -> Iterable[str]:
    """Found of planted, by scenario, for each way."""
    names = sorted({name for score in scores.values() for name in score.by_scenario})
    yield f"{'':<28}" + "".join(f"{way[:18]:>20}" for way in scores)
    for name in names:
        cells = (score.by_scenario.get(name, (0, 0)) for score in scores.values())
        yield f"{name:<28}" + "".join(f"{f'{got} of {of}':>20}" for got, of in cells)


def missed(score: Score) -> Iterable[str]:
    """Each incident that the budget does not reach: nowhere, or too far down."""
    yield f"missed: {len(score.missed)}"
    for name, place in score.missed.items():
        yield f"  {name:<28}{place or 'not raised'}"


def explained(judged: Judged, truth: Truth) -> Iterable[str]:
    """The share explained, in all and by system and unit, and each misuse event that is explained."""
    total, good = judged.accesses.total(), judged.explained.total()
    yield f"explained of {total:,} innocent accesses: {good / max(1, total):.2%}"
    for place, what in ((1, "system"), (0, "unit")):
        shares = _by(judged, place)
        worst = sorted(shares, key=lambda name: shares[name][1] / shares[name][0])
        for name in worst if place else worst[:10]:
            of, got = shares[name]
            yield f"  {what} {name or '(none)':<42}{got / of:>8.2%} of {of:,}"
        if not place and len(worst) > 10:
            yield f"  and {len(worst) - 10} units more, each above"
    raised = {event for evidence in judged.findings["evidence"].to_pylist() for event in evidence}
    away = {event: why for event, why in judged.explained_misuse.items() if event not in raised}
    yield (
        f"misuse events that need an explanation: {judged.misuse}; explained {len(judged.explained_misuse)}, "
        f"of which no finding tells {len(away)} ({len(away) / max(1, judged.misuse):.1%})"
    )
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for event, why in sorted(away.items()):
        grouped[truth.of_event[event], why].append(event)
    for (incident, why), events in sorted(grouped.items()):
        yield f"  explained away: {incident} by {why}: {len(events)}: {' '.join(events)}"


def _by(judged: Judged, place: int) -> dict[str, tuple[int, int]]:
    shares: dict[str, tuple[int, int]] = {}
    for key, of in judged.accesses.items():
        before = shares.get(key[place], (0, 0))
        shares[key[place]] = (before[0] + of, before[1] + judged.explained[key])
    return shares

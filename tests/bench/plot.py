"""Tables and plots of a load, by a few lines of our own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

_FONT = 'font-family="sans-serif" font-size="12"'
_WIDTH, _HEIGHT, _LEFT, _TOP = 720, 260, 60, 30


@dataclass
class Minute:
    """Latencies in seconds, and the most resident bytes that were seen."""

    latencies: list[float]
    memory: int

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that this share of the requests stayed below."""
        ordered = sorted(self.latencies) or [0.0]
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


def table(minutes: Sequence[Minute]) -> str:
    """The load in Markdown, a line for each minute."""
    lines = [
        "| minute | requests | p50 ms | p99 ms | memory MiB |",
        "|---|---|---|---|---|",
    ]
    for number, minute in enumerate(minutes, 1):
        p50, p99 = minute.percentile(0.5), minute.percentile(0.99)
        lines.append(f"| {number} | {len(minute.latencies)} | {p50:.1f} | {p99:.1f} | {minute.memory / 2**20:.0f} |")
    return "\n".join(lines)


def plot(minutes: Sequence[Minute]) -> str:
    """p99 and memory over the minutes, as SVG; both axes begin at 0."""
    p99 = [minute.percentile(0.99) for minute in minutes]
    memory = [minute.memory / 2**20 for minute in minutes]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" {_FONT}>',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<path d="M{_LEFT} {_HEIGHT - 40}H{_WIDTH - _LEFT}" stroke="#888"/>',
        _line(p99, "#b3261e", f"p99, ms (at most {max(p99):.1f})", 0),
        _line(memory, "#1a5fb4", f"memory, MiB (at most {max(memory):.0f})", 1),
        f'<text x="{_LEFT}" y="{_HEIGHT - 8}">minutes 1 to {len(minutes)}; both scales begin at 0</text>',
        "</svg>\n",
    ]
    return "\n".join(parts)


def bars(rates: Mapping[str, Mapping[str, float]]) -> str:
    """A bar for each server under each workload, as SVG; the scale of a workload ends at its fastest server."""
    parts, y = [], 0
    for workload, servers in rates.items():
        parts.append(f'<text x="8" y="{y + 16}" font-weight="bold">{workload}, answers a second</text>')
        top, y = max(servers.values()), y + 24
        for server, rate in servers.items():
            fill = "#1a5fb4" if server.startswith("tandem") else "#9a9996"
            parts.append(f'<text x="8" y="{y + 12}">{server}</text>')
            parts.append(f'<rect x="150" y="{y}" width="{rate / top * 460:.0f}" height="15" fill="{fill}"/>')
            parts.append(f'<text x="{156 + rate / top * 460:.0f}" y="{y + 12}">{rate:,.0f}</text>')
            y += 19
        y += 12
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" {_FONT}>'
    return "\n".join([start, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"])


def sizes(lines: Mapping[str, Mapping[int, float]]) -> str:
    """Milliseconds by sizes of a catalogue, a line for each name, as SVG; both scales are logarithmic."""
    low, high = (_powers([each for line in lines.values() for each in part(line)]) for part in (_keys, _values))
    width, height = _WIDTH - 4 * _LEFT - 40, _HEIGHT - _TOP - 40
    parts = [f'<path d="M{_LEFT} {_TOP}V{_TOP + height}H{_LEFT + width}" fill="none" stroke="#888"/>']
    for power in range(high[0], high[1] + 1):
        y = _TOP + height * (1 - _share(10.0**power, high))
        parts.append(f'<path d="M{_LEFT} {y:.0f}H{_LEFT + width}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g} ms</text>')
    for size in sorted({size for line in lines.values() for size in line}):
        x = _LEFT + width * _share(size, low)
        parts.append(f'<text x="{x:.0f}" y="{_HEIGHT - 20}" text-anchor="middle">{size:,}</text>')
    for (name, line), colour, place in zip(lines.items(), _COLOURS, range(len(_COLOURS)), strict=False):
        spots = [
            (_LEFT + width * _share(size, low), _TOP + height * (1 - _share(value, high)))
            for size, value in sorted(line.items())
        ]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
        parts.append(f'<text x="{_LEFT + width + 30}" y="{_TOP + 12 + 20 * place}" fill="{colour}">{name}</text>')
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" {_FONT}>'
    return "\n".join([start, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"])


_COLOURS = ("#1a5fb4", "#26a269", "#613583", "#62a0ea", "#8ff0a4", "#c061cb")


def _keys(line: Mapping[int, float]) -> list[float]:
    return [float(size) for size in line]


def _values(line: Mapping[int, float]) -> list[float]:
    return list(line.values())


def _powers(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten that hold all values between them."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def _share(value: float, powers: tuple[int, int]) -> float:
    return (log10(value) - powers[0]) / (powers[1] - powers[0])


def _line(values: Sequence[float], colour: str, label: str, place: int) -> str:
    top = max(values) * 1.25 or 1
    step = (_WIDTH - 2 * _LEFT) / max(1, len(values) - 1)
    height = _HEIGHT - _TOP - 40
    spots = [(_LEFT + number * step, _TOP + height * (1 - value / top)) for number, value in enumerate(values)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots)
    text = f'<text x="{_LEFT + 240 * place}" y="18" fill="{colour}">{label}</text>'
    return f'{text}<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'

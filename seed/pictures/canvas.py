"""A square to draw on, 100 units wide, in flat colours; the eye gets light from the left."""

from collections.abc import Sequence
from io import BytesIO
from math import cos, pi, sin

from PIL import Image, ImageColor, ImageDraw

Point = tuple[float, float]
Rgb = tuple[int, int, int]
TABLE = 78.0
"""Where things stand."""
_SIZE = 640
_TWICE = 2 * _SIZE / 100
"""Pixels of the drawing, which is twice as fine as the picture, in a unit."""


def rgb(colour: str) -> Rgb:
    """A colour from its hexadecimal name."""
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """A colour between two."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def darker(colour: Rgb, share: float = 0.18) -> Rgb:
    """The colour in the shade."""
    return mix(colour, (28, 20, 24), share)


def lighter(colour: Rgb, share: float = 0.3) -> Rgb:
    """The colour in the light."""
    return mix(colour, (255, 252, 244), share)


class Canvas:
    """What is drawn on. Shapes take their place in units and a colour."""

    def __init__(self, ground: Rgb) -> None:
        self.image = Image.new("RGB", (2 * _SIZE, 2 * _SIZE), ground)
        self._draw = ImageDraw.Draw(self.image)

    def rect(self, left: float, top: float, right: float, bottom: float, colour: Rgb, r: float = 0) -> None:
        """A rectangle, with corners rounded by `r`."""
        self._draw.rounded_rectangle(_box(left, top, right, bottom), r * _TWICE, colour)

    def oval(self, x: float, y: float, rx: float, ry: float | None, colour: Rgb) -> None:
        """An ellipse by its centre; a circle where `ry` is None."""
        ry = rx if ry is None else ry
        self._draw.ellipse(_box(x - rx, y - ry, x + rx, y + ry), colour)

    def ring(self, x: float, y: float, r: float, width: float, colour: Rgb) -> None:
        """A circle's outline, `width` inwards from `r`."""
        self._draw.ellipse(_box(x - r, y - r, x + r, y + r), None, colour, round(width * _TWICE))

    def arc(self, x: float, y: float, r: float, span: tuple[float, float], width: float, colour: Rgb) -> None:
        """A part of a circle with round ends, in degrees from the right, clockwise."""
        start, end = span
        steps = max(6, int(abs(end - start) / 6))
        angles = [(start + (end - start) * i / steps) * pi / 180 for i in range(steps + 1)]
        self.line([(x + r * cos(a), y + r * sin(a)) for a in angles], width, colour)

    def poly(self, points: Sequence[Point], colour: Rgb) -> None:
        """A polygon."""
        self._draw.polygon([(x * _TWICE, y * _TWICE) for x, y in points], colour)

    def blob(self, points: Sequence[Point], colour: Rgb) -> None:
        """A closed shape that runs smoothly through its points."""
        self.poly(_smooth([*points[-1:], *points, *points[:2]]), colour)

    def line(self, points: Sequence[Point], width: float, colour: Rgb) -> None:
        """A line with round ends and corners."""
        pixels = [(x * _TWICE, y * _TWICE) for x, y in points]
        self._draw.line(pixels, colour, round(width * _TWICE), "curve")
        for x, y in (pixels[0], pixels[-1]):
            r = width * _TWICE / 2 - 1
            self._draw.ellipse((x - r, y - r, x + r, y + r), colour)

    def curve(self, points: Sequence[Point], width: float, colour: Rgb) -> None:
        """A line that runs smoothly through its points."""
        self.line(_smooth([points[0], *points, points[-1]]), width, colour)

    def turned(self, x: float, profile: Sequence[tuple[float, float]], colour: Rgb, *, round_: bool = True) -> None:
        """A body as from a lathe or a wheel: `profile` is its half width at each height, from the top down."""
        right = [(x + half, y) for y, half in profile]
        inner = [(x + half * 0.42, y) for y, half in profile]
        left = [(x - half, y) for y, half in reversed(profile)]
        glint = [(x - half * 0.72, y) for y, half in profile], [(x - half * 0.55, y) for y, half in profile]
        if round_:
            ends = (right[0], right[-1])
            right, inner = (_smooth([one[0], *one, one[-1]]) for one in (right, inner))
            left = _smooth([left[0], *left, left[-1]])
            glint = _smooth([glint[0][0], *glint[0], glint[0][-1]]), _smooth([glint[1][0], *glint[1], glint[1][-1]])
            right[0], right[-1] = ends
        self.poly([*right, *left], colour)
        self.poly([*right, *reversed(inner)], darker(colour, 0.13))
        self.poly([*glint[0], *reversed(glint[1])], lighter(colour, 0.22))

    def shadow(self, x: float, half: float, colour: Rgb, y: float = TABLE) -> None:
        """What stands on the table darkens it."""
        self.oval(x + half * 0.12, y, half * 1.12, max(1.6, half * 0.13), colour)

    def jpeg(self) -> bytes:
        """The picture as a file."""
        file = BytesIO()
        self.image.reduce(2).save(file, "JPEG", quality=92)
        return file.getvalue()


def _box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    return left * _TWICE, top * _TWICE, right * _TWICE, bottom * _TWICE


def _smooth(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """The Catmull-Rom spline through all points but the first and the last."""
    out: list[Point] = []
    for p0, p1, p2, p3 in zip(points, points[1:], points[2:], points[3:], strict=False):
        out += [
            (_spline(p0[0], p1[0], p2[0], p3[0], i / steps), _spline(p0[1], p1[1], p2[1], p3[1], i / steps))
            for i in range(steps)
        ]
    return [*out, points[-2]]


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))

"""Things of a bicycle."""

from math import cos, pi, sin

from seed.pictures.canvas import TABLE, Canvas, darker, lighter, mix
from seed.pictures.colours import Palette

_STEEL = (188, 194, 198)
_RUBBER = (52, 52, 56)


def _spokes(c: Canvas, x: float, y: float, r: float, count: int, width: float, p: Palette) -> None:
    for i in range(count):
        a = 2 * pi * i / count
        c.line([(x, y), (x + r * cos(a), y + r * sin(a))], width, mix(_STEEL, p.dark, 0.15))


def chain(c: Canvas, p: Palette) -> None:
    """A chain in a loop."""
    points = [(50 + 30 * cos(i * pi / 13), 50 + 26 * sin(i * pi / 13)) for i in range(26)]
    for (x, y), (nx, ny) in zip(points, points[1:] + points[:1], strict=True):
        c.line([(x + 1, y + 2), (nx + 1, ny + 2)], 5, p.shade)
    for i, ((x, y), (nx, ny)) in enumerate(zip(points, points[1:] + points[:1], strict=True)):
        c.line([(x, y), (nx, ny)], 5 if i % 2 else 3.4, (p.body, darker(p.body, 0.25))[i % 2])
    for x, y in points:
        c.oval(x, y, 1.1, None, p.dark)


def ring_gear(c: Canvas, p: Palette) -> None:
    """A chainring with its crank, or a cassette."""
    c.oval(48, 50, 32, None, p.shade)
    for i in range(30):
        a = i * pi / 15
        c.oval(46 + 30.6 * cos(a), 47 + 30.6 * sin(a), 1.9, None, darker(p.body, 0.15))
    c.ring(46, 47, 31, 5, p.body)
    _spokes(c, 46, 47, 27, 5, 5, p)
    c.ring(46, 47, 18, 3, darker(p.body, 0.2))
    c.line([(46, 47), (84, 80)], 7, lighter(p.body, 0.15))
    c.oval(46, 47, 7, None, darker(p.body, 0.3))
    c.oval(46, 47, 3, None, p.dark)
    c.rect(78, 74, 94, 84, p.dark, 2)


def wheel(c: Canvas, p: Palette) -> None:
    """A wheel, or a tyre."""
    c.oval(52, 53, 37, None, p.shade)
    c.ring(50, 50, 37, 5.6, _RUBBER)
    c.ring(50, 50, 31.4, 2.6, p.body if p.body != p.main else _STEEL)
    _spokes(c, 50, 50, 29, 28, 0.6, p)
    c.oval(50, 50, 4.6, None, darker(_STEEL, 0.2))
    c.oval(50, 50, 1.8, None, p.dark)


def tyre(c: Canvas, p: Palette) -> None:
    """A tyre with its tread."""
    c.oval(52, 54, 37, None, p.shade)
    c.ring(50, 50, 37, 11, _RUBBER)
    for i in range(40):
        a = i * pi / 20
        c.line(
            [(50 + 33 * cos(a), 50 + 33 * sin(a)), (50 + 36.4 * cos(a + 0.07), 50 + 36.4 * sin(a + 0.07))],
            1.5,
            (88, 88, 92),
        )
    c.ring(50, 50, 29, 1.3, p.other)


def hub(c: Canvas, p: Palette) -> None:
    """Something turned of metal, on its axle."""
    c.shadow(50, 34, p.shade)
    c.rect(10, 58, 90, 62, darker(_STEEL, 0.3), 2)
    c.rect(26, 50, 74, 70, p.body, 4)
    c.rect(26, 62, 74, 70, darker(p.body, 0.16), 4)
    c.rect(30, 52, 70, 54.5, lighter(p.body, 0.5), 1)
    for x in (24, 68):
        c.rect(x, 42, x + 8, TABLE, lighter(p.body, 0.1), 2)
        c.rect(x + 5, 42, x + 8, TABLE, darker(p.body, 0.2), 1)


def pump(c: Canvas, p: Palette) -> None:
    """A track pump."""
    c.shadow(46, 20, p.shade)
    c.curve([(50, 66), (70, 60), (74, 40), (66, 26)], 2, _RUBBER)
    c.rect(30, 14, 62, 20, (184, 140, 96), 3)
    c.rect(44.6, 18, 47.4, 32, _STEEL)
    c.turned(46, [(30, 5.6), (72, 5.6)], p.main, round_=False)
    c.rect(28, 73, 64, TABLE, p.dark, 1)
    c.oval(46, 66, 8, None, p.light)
    c.ring(46, 66, 8, 1.4, p.dark)
    c.line([(46, 66), (50, 62)], 1, (196, 58, 44))


def saddle(c: Canvas, p: Palette) -> None:
    """A saddle."""
    c.shadow(50, 26, p.shade, 82)
    c.line([(24, 52), (46, 66), (74, 58)], 2.4, _STEEL)
    c.rect(46, 62, 52, 82, darker(_STEEL, 0.15), 1)
    c.blob([(8, 42), (20, 34), (46, 40), (72, 34), (90, 36), (88, 52), (70, 56), (48, 48), (22, 50)], p.body)
    c.curve([(14, 42), (40, 43), (74, 40), (86, 40)], 1.4, lighter(p.body, 0.25))
    for x, y in ((80, 41), (84, 47), (13, 44)):
        c.oval(x, y, 1.2, None, (205, 168, 90))


def bars(c: Canvas, p: Palette) -> None:
    """A handlebar with grips."""
    c.curve(
        [(12, 66), (14, 46), (30, 36), (50, 40), (70, 36), (86, 46), (88, 66)],
        3.6,
        p.body if p.body != p.main else _STEEL,
    )
    for x, lower in ((12, 80), (88, 80)):
        c.line([(x, 62), (x, lower)], 6, (152, 92, 56))
    c.rect(46, 36, 54, 66, darker(_STEEL, 0.1), 2)
    c.oval(50, 40, 5.5, None, _STEEL)
    c.oval(50, 40, 2, None, p.dark)


def rack(c: Canvas, p: Palette) -> None:
    """A rack of tubes."""
    c.shadow(50, 30, p.shade)
    for x in (18, 32, 46, 60, 74):
        c.line([(x, 36), (x + 8, 48)], 2.2, p.main)
    c.line([(14, 36), (82, 36), (90, 48), (22, 48), (14, 36)], 2.6, darker(p.main, 0.15))
    for x in (26, 84):
        c.line([(x, 48), (x - 8, TABLE)], 2.6, p.main)
    c.line([(54, 48), (54, TABLE)], 2.6, darker(p.main, 0.3))


def lamp(c: Canvas, p: Palette) -> None:
    """A bicycle's lamp that shines."""
    c.poly([(30, 40), (-4, 22), (-4, 84), (30, 66)], mix(p.wall, (255, 236, 170), 0.7))
    c.shadow(56, 20, p.shade)
    c.rect(52, 66, 58, TABLE, p.dark)
    c.blob([(30, 36), (54, 38), (78, 48), (80, 54), (76, 60), (54, 68), (30, 70)], p.main)
    c.oval(31, 53, 6, 17.6, _STEEL)
    c.oval(30, 53, 4, 14.4, (255, 244, 204))


def bell(c: Canvas, p: Palette) -> None:
    """A bell on its clamp."""
    c.shadow(50, 26, p.shade)
    c.rect(30, 66, 70, TABLE, _RUBBER, 4)
    c.turned(50, [(28, 4), (34, 18), (46, 26), (62, 28)], p.body)
    c.rect(21, 60, 79, 65, darker(p.body, 0.25), 2)
    c.oval(50, 28, 3.6, None, p.dark)
    c.line([(76, 62), (86, 54)], 3, p.dark)


def basket(c: Canvas, p: Palette) -> None:
    """A basket of wicker."""
    c.shadow(50, 28, p.shade)
    c.poly([(20, 36), (80, 36), (73, TABLE), (27, TABLE)], p.body)
    for y in range(40, 77, 5):
        c.rect(21 + (y - 36) * 0.17, y, 79 - (y - 36) * 0.17, y + 1.2, darker(p.body, 0.25))
    for i in range(9):
        c.line([(23 + i * 6.8, 38), (29.5 + i * 5.2, 76)], 1, darker(p.body, 0.35))
    c.rect(18, 32, 82, 38, darker(p.body, 0.15), 3)
    for x in (32, 62):
        c.rect(x, 30, x + 5, 56, (112, 66, 40), 1)


MOTIFS = {
    "chain": chain, "crankset": ring_gear, "cassette": ring_gear, "chain whip": ring_gear, "bottom bracket": hub,
    "shift levers": hub, "hub": hub, "front wheel": wheel, "tyre": tyre, "inner tube": tyre, "stem": bars,
    "seat post": hub, "pump": pump, "saddle": saddle, "handlebar": bars, "grips": bars, "child seat": saddle,
    "front rack": rack, "headlamp": lamp, "rear light": lamp, "bell": bell, "handlebar basket": basket,
    "hanging basket": basket, "spoke nipples": hub, "drivetrain": ring_gear,
    "wheels & tyres": wheel, "saddles & bars": bars,
}  # fmt: skip

"""Things to play with."""

from math import cos, pi, sin

from seed.pictures.canvas import TABLE, Canvas, darker, lighter
from seed.pictures.colours import Palette

_STEEL = (188, 194, 198)


def toy_blocks(c: Canvas, p: Palette) -> None:
    """Building blocks, built."""
    c.shadow(50, 36, p.shade)
    tones = (p.body, p.main, p.other, lighter(p.body, 0.2))
    for i, (x, y) in enumerate(((16, 60), (38, 60), (60, 60), (27, 42), (49, 42), (38, 24))):
        tone = tones[i % 4]
        c.rect(x, y, x + 21, y + 18, tone, 1.5)
        c.rect(x + 16, y, x + 21, y + 18, darker(tone, 0.15), 1.5)
    c.poly([(36, 24), (61, 24), (48.5, 10)], p.main)


def hedgehog(c: Canvas, p: Palette) -> None:
    """An animal on wheels, to pull along."""
    c.shadow(48, 32, p.shade, 82)
    c.curve([(14, 66), (4, 74), (-2, 60)], 1.2, p.other)
    for i in range(9):
        a = pi + i * pi / 9 + 0.3
        c.poly(
            [
                (54 + 22 * cos(a), 60 + 20 * sin(a)),
                (54 + 35 * cos(a + 0.12), 60 + 33 * sin(a + 0.12)),
                (54 + 22 * cos(a + 0.3), 60 + 20 * sin(a + 0.3)),
            ],
            darker(p.body, 0.3),
        )
    c.blob([(10, 66), (26, 48), (50, 36), (80, 50), (82, 70), (30, 72)], p.body)
    c.oval(25, 58, 2, None, p.dark)
    c.oval(11, 65, 2.8, None, p.dark)
    for x in (32, 70):
        c.oval(x, 74, 8.4, None, p.other)
        c.oval(x, 74, 3, None, p.light)


def kendama(c: Canvas, p: Palette) -> None:
    """A ball on a string, and the cup that catches it."""
    c.curve([(52, 46), (72, 52), (76, 30), (70, 26)], 0.9, p.dark)
    c.oval(70, 22, 12, None, p.main)
    c.oval(66, 18, 3, None, lighter(p.main, 0.5))
    c.line([(46, 28), (46, 86)], 5, p.body)
    c.poly([(43, 30), (49, 30), (46, 14)], p.body)
    c.turned(46, [(42, 18), (48, 5)], darker(p.body, 0.06), round_=False)
    c.turned(46, [(84, 5), (90, 10)], darker(p.body, 0.06), round_=False)


def marbles(c: Canvas, p: Palette) -> None:
    """A run for marbles."""
    c.shadow(50, 36, p.shade)
    for x in (18, 80):
        c.rect(x - 3, 16, x + 3, TABLE, darker(p.body, 0.12), 1)
    for i, y in enumerate((24, 42, 60)):
        a, b = ((16, y), (82, y + 9)) if i % 2 == 0 else ((16, y + 9), (82, y))
        c.line([a, b], 5, p.body)
        c.oval((a[0] + b[0]) / 2 + 8 * (1 - i), (a[1] + b[1]) / 2 - 5, 4.4, None, (p.main, p.other, (60, 110, 160))[i])


def stacked(c: Canvas, p: Palette) -> None:
    """Pieces in many colours, stacked."""
    c.shadow(50, 24, p.shade)
    tones = (p.main, p.other, (70, 130, 120), (232, 196, 96), (92, 110, 160))
    for i, tone in enumerate(tones):
        y = TABLE - 10.5 * (i + 1)
        c.rect(29, y, 71, y + 10, tone, 3)
        c.rect(60, y, 71, y + 10, darker(tone, 0.15), 3)
    c.oval(50, 20, 10, None, (200, 60, 48))
    c.oval(50, 21, 6.6, None, p.light)
    for x in (47.4, 52.6):
        c.oval(x, 20, 1.2, None, p.dark)


def backgammon(c: Canvas, p: Palette) -> None:
    """A board of points with its stones."""
    c.rect(15, 21, 89, 85, p.shade, 2)
    c.rect(12, 17, 86, 81, darker(p.body, 0.1), 2)
    c.rect(16, 21, 82, 77, lighter(p.body, 0.35))
    for i in range(6):
        left, tone = 16 + i * 11, (p.main, darker(p.body, 0.3))[i % 2]
        c.poly([(left, 21), (left + 11, 21), (left + 5.5, 45)], tone)
        c.poly([(left, 77), (left + 11, 77), (left + 5.5, 53)], (darker(p.body, 0.3), p.main)[i % 2])
    for x, y, tone in (
        (21.5, 26, p.light),
        (21.5, 35, p.light),
        (54.5, 72, p.dark),
        (65.5, 72, p.dark),
        (65.5, 63, p.dark),
    ):
        c.oval(x, y, 4.4, None, tone)


def jigsaw(c: Canvas, p: Palette) -> None:
    """Pieces of a night picture."""
    c.rect(18, 20, 82, 80, (38, 52, 88), 1)
    c.oval(64, 36, 8, None, (240, 226, 170))
    c.poly([(18, 64), (40, 61), (62, 63), (82, 60), (82, 80), (18, 80)], (26, 38, 66))
    c.poly([(30, 58), (62, 58), (56, 66), (36, 66)], p.main)
    c.rect(44, 48, 56, 58, p.light)
    for i in range(1, 4):
        c.rect(18 + i * 16, 20, 18.5 + i * 16, 80, (78, 92, 130))
        c.rect(18, 20 + i * 15, 82, 20.5 + i * 15, (78, 92, 130))
        for j in range(4):
            c.oval(18.2 + i * 16, 27 + j * 15, 2.6, None, (38, 52, 88) if j < 2 else (26, 38, 66))
    c.rect(66, 65, 82, 80, p.wall)
    c.rect(74, 74, 90, 89, (26, 38, 66), 1)


def sticks(c: Canvas, p: Palette) -> None:
    """Sticks, thrown."""
    for i in range(14):
        a = 0.35 + (i * 0.71) % 2.5
        x, y = 50 + (i * 13) % 22 - 11, 52 + (i * 7) % 18 - 9
        tone = (p.main, p.other, (70, 130, 120), (232, 196, 96), (92, 110, 160))[i % 5]
        c.line([(x - 34 * cos(a), y - 30 * sin(a)), (x + 34 * cos(a), y + 30 * sin(a))], 1.8, tone)


def boules(c: Canvas, p: Palette) -> None:
    """Balls of steel and a jack."""
    for x, y, r in ((34, 66, 15), (64, 68, 15), (50, 44, 15)):
        c.oval(x + 2, y + 4, r, r * 0.9, p.shade)
        c.oval(x, y, r, None, _STEEL)
        c.oval(x + 3, y + 3, r * 0.72, None, darker(_STEEL, 0.1))
        c.oval(x - 5, y - 5, 3.4, None, lighter(_STEEL, 0.7))
    c.oval(84, 78, 5, None, p.main)


def tangram(c: Canvas, p: Palette) -> None:
    """Seven pieces that make a square."""
    a, b, m = 18, 82, 50
    q, h = 34, 66
    woods = (
        (196, 146, 96),
        (222, 186, 134),
        (140, 92, 62),
        (176, 112, 72),
        (232, 206, 160),
        (112, 74, 52),
        (160, 126, 88),
    )
    c.rect(a + 3, a + 4, b + 3, b + 4, p.shade)
    shapes = (
        [(a, a), (b, a), (m, m)], [(a, a), (m, m), (a, b)], [(b, m), (b, b), (m, b)], [(b, a), (b, m), (h, q)],
        [(m, m), (h, q), (b, m), (h, h)], [(m, m), (h, h), (q, h)], [(q, h), (h, h), (m, b), (a, b)],
    )  # fmt: skip
    for shape, wood in zip(shapes, woods, strict=True):
        c.poly(shape, wood)


def kite(c: Canvas, p: Palette) -> None:
    """A kite in the wind."""
    for x, y in ((20, 26), (80, 18), (76, 70)):
        c.oval(x, y, 12, 5, lighter(p.wall, 0.6))
        c.oval(x + 7, y - 3, 7, 5, lighter(p.wall, 0.6))
    c.curve([(50, 68), (42, 78), (54, 86), (46, 98)], 1, p.dark)
    for x, y in ((44, 76), (53, 85)):
        c.poly([(x - 5, y - 3), (x, y), (x - 5, y + 3)], p.other)
        c.poly([(x + 5, y - 3), (x, y), (x + 5, y + 3)], p.main)
    c.poly([(50, 10), (76, 36), (50, 68), (24, 36)], p.body)
    c.poly([(50, 10), (76, 36), (50, 36)], p.light)
    c.poly([(24, 36), (50, 36), (50, 68)], p.light)
    c.line([(50, 10), (50, 68)], 0.9, p.dark)
    c.line([(24, 36), (76, 36)], 0.9, p.dark)


def tops(c: Canvas, p: Palette) -> None:
    """Tops that spin."""
    for x, y, s, tone in ((32, 70, 1, p.body), (68, 66, 1.15, p.main), (52, 40, 0.8, p.other)):
        c.oval(x + 2, y + 9 * s, 10 * s, 2.4, p.shade)
        c.poly([(x - 17 * s, y - 4 * s), (x + 17 * s, y - 4 * s), (x, y + 10 * s)], darker(tone, 0.15))
        c.oval(x, y - 5 * s, 17 * s, 6 * s, tone)
        c.oval(x, y - 5 * s, 10.5 * s, 3.6 * s, p.light)
        c.oval(x, y - 5 * s, 6 * s, 2 * s, tone)
        c.line([(x, y - 5 * s), (x, y - 16 * s)], 2.2 * s, darker(tone, 0.3))


def balloon(c: Canvas, p: Palette) -> None:
    """A ball of paper in stripes."""
    c.shadow(50, 20, p.shade, 86)
    c.oval(50, 48, 32, None, p.light)
    for i, tone in enumerate((p.main, p.other, (70, 130, 120))):
        x = 22 + i * 22
        c.blob(
            [(50, 16), (x - 3 + 6, 30), (x - 2, 48), (x + 3, 66), (50, 80), (x + 12, 66), (x + 12, 48), (x + 11, 30)],
            tone,
        )
    c.oval(50, 17, 5, 2.2, _STEEL)
    c.oval(50, 79, 5, 2.2, darker(_STEEL, 0.2))


def disc(c: Canvas, p: Palette) -> None:
    """A flying disc over grass."""
    c.oval(50, 84, 30, 3.4, p.shade)
    for y, width in ((40, 20), (50, 28), (60, 16)):
        c.line([(4, y), (4 + width * 0.6, y)], 1.2, lighter(p.wall, 0.7))
    c.oval(56, 56, 34, 14, darker(p.main, 0.25))
    c.oval(56, 51, 34, 14, p.main)
    c.oval(56, 49.5, 27, 10, lighter(p.main, 0.2))
    c.oval(56, 49, 12, 4.4, p.other)


def glider(c: Canvas, p: Palette) -> None:
    """A glider in the air."""
    for x, y in ((22, 24), (74, 78), (84, 30)):
        c.oval(x, y, 13, 5, lighter(p.wall, 0.6))
    c.poly([(40, 46), (56, 40), (92, 16), (96, 22), (62, 50)], darker(p.body, 0.1))
    c.line([(12, 66), (82, 40)], 3.4, darker(p.body, 0.2))
    c.poly([(38, 50), (56, 46), (70, 86), (62, 90)], p.body)
    c.poly([(76, 42), (88, 28), (90, 38)], p.main)
    c.oval(13, 66, 3.2, None, p.main)


MOTIFS = {
    "building blocks": toy_blocks, "hedgehog": hedgehog, "kendama": kendama, "marble run": marbles,
    "stacking": stacked, "daruma": stacked, "backgammon": backgammon, "jigsaw": jigsaw, "pick-up sticks": sticks,
    "pétanque": boules, "tangram": tangram, "kite": kite, "koma": tops, "kamifūsen": balloon,
    "flying disc": disc, "glider": glider, "wooden": toy_blocks, "puzzles & games": tangram,
    "kites & tops": kite,
}  # fmt: skip

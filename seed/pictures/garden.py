"""Things of the garden."""

from math import cos, pi, sin

from seed.pictures.canvas import TABLE, Canvas, darker, lighter
from seed.pictures.colours import Palette

_LEAF = (88, 130, 76)
_STEEL = (188, 194, 198)
_EARTH = (84, 62, 50)


def _leaves(c: Canvas, x: float, y: float, size: float) -> None:
    for lean, tall, tone in (
        (-1.1, 0.8, darker(_LEAF, 0.12)),
        (1.1, 0.8, darker(_LEAF, 0.06)),
        (-0.5, 1.2, _LEAF),
        (0.55, 1.15, lighter(_LEAF, 0.12)),
    ):
        top = (x + lean * size, y - tall * size)
        c.blob(
            [
                (x, y),
                (x + lean * size * 0.25 - size * 0.2, y - tall * size * 0.55),
                top,
                (x + lean * size * 0.7 + size * 0.12, y - tall * size * 0.45),
            ],
            tone,
        )


def pot(c: Canvas, p: Palette) -> None:
    """A plant in its pot."""
    c.shadow(50, 18, p.shade)
    _leaves(c, 50, 46, 26)
    c.turned(50, [(46, 21), (TABLE, 14)], p.body, round_=False)
    c.turned(50, [(42, 23), (50, 22.4)], lighter(p.body, 0.06), round_=False)


def jar(c: Canvas, p: Palette) -> None:
    """A tall jar with an olive twig."""
    c.shadow(50, 18, p.shade)
    _leaves(c, 50, 28, 18)
    c.turned(50, [(26, 13), (32, 12), (44, 24), (58, 26), (72, 17), (TABLE, 14)], p.body)
    for y in (42, 50):
        c.rect(26, y, 74, y + 1.2, darker(p.body, 0.2))


def trough(c: Canvas, p: Palette) -> None:
    """A long box of herbs."""
    c.shadow(50, 38, p.shade)
    for x in (24, 41, 59, 76):
        _leaves(c, x, 54, 15)
    c.rect(12, 51, 88, TABLE, p.body, 2)
    c.rect(12, 70, 88, TABLE, darker(p.body, 0.14), 2)
    c.rect(10, 49, 90, 55, lighter(p.body, 0.1), 2)


def bonsai(c: Canvas, p: Palette) -> None:
    """A small old tree in a tray."""
    c.shadow(50, 28, p.shade)
    c.curve([(52, 68), (46, 58), (56, 48), (48, 38), (54, 30)], 4.4, (104, 74, 54))
    for x, y, r in ((34, 44, 11), (66, 40, 12), (50, 26, 15), (46, 34, 10)):
        c.oval(x, y, r, r * 0.66, darker(_LEAF, 0.1))
        c.oval(x - 1.5, y - 1.5, r * 0.8, r * 0.46, _LEAF)
    c.rect(22, 66, 78, 75, p.body, 2)
    for x in (28, 66):
        c.rect(x, 74, x + 6, TABLE, darker(p.body, 0.25), 1)


def packet(c: Canvas, p: Palette) -> None:
    """A packet of seeds with a flower on it."""
    c.rect(29, 17, 77, 87, p.shade, 1)
    c.rect(26, 14, 74, 84, p.light, 1)
    c.rect(26, 14, 74, 24, p.main, 1)
    c.curve([(50, 76), (49, 62), (50, 50)], 2, _LEAF)
    c.blob([(50, 68), (60, 58), (64, 60), (58, 68)], _LEAF)
    for i in range(8):
        a = i * pi / 4
        c.oval(50 + 9 * cos(a), 44 + 9 * sin(a), 5.4, None, (p.main, lighter(p.main, 0.2))[i % 2])
    c.oval(50, 44, 5.4, None, p.other)


def tomatoes(c: Canvas, p: Palette) -> None:
    """Tomatoes of several kinds."""
    for x, y, r, tone in (
        (34, 62, 15, (206, 62, 44)),
        (64, 64, 13, (228, 160, 52)),
        (50, 44, 14, (168, 48, 62)),
        (76, 48, 8, (224, 92, 50)),
        (24, 42, 8, (120, 150, 70)),
    ):
        c.oval(x + 1.4, y + 2, r, r * 0.92, p.shade)
        c.oval(x, y, r, r * 0.92, tone)
        c.oval(x - r * 0.35, y - r * 0.4, r * 0.24, None, lighter(tone, 0.45))
        for a in range(5):
            c.line(
                [(x, y - r * 0.8), (x + r * 0.5 * cos(a * 2 * pi / 5), y - r * 0.8 + r * 0.28 * sin(a * 2 * pi / 5))],
                1.6,
                _LEAF,
            )


def bulbs(c: Canvas, p: Palette) -> None:
    """Bulbs, one of which flowers."""
    c.rect(0, 62, 100, 100, _EARTH)
    for x in (20, 50, 80):
        c.turned(x, [(60, 2), (68, 8), (78, 10), (86, 5)], (196, 160, 112))
        c.curve([(x, 62), (x - 1, 50), (x, 42)], 2.4, _LEAF)
        for lean in (-5, 5):
            c.curve([(x, 62), (x + lean * 0.6, 50), (x + lean * 1.8, 40)], 2, darker(_LEAF, 0.1))
        for lean in (-6, 6, 0):
            c.blob(
                [(x, 44), (x + lean - 3, 34), (x + lean, 22), (x + lean + 3, 34)],
                lighter(p.body, 0.12 if lean else 0.3),
            )


def handled(c: Canvas, p: Palette) -> None:
    """A hand tool: a blade, a ferrule, a handle of wood."""
    c.blob([(24, 84), (16, 70), (30, 50), (44, 58), (40, 76)], p.shade)
    c.blob([(22, 82), (14, 66), (30, 46), (44, 54), (38, 72)], p.body)
    c.line([(24, 74), (40, 52)], 1.2, darker(p.body, 0.25))
    c.line([(38, 50), (52, 36)], 4, _STEEL)
    c.line([(54, 35), (80, 12)], 7, (186, 136, 88))
    c.line([(55, 33), (79, 11)], 1.4, (214, 170, 120))


def spade(c: Canvas, p: Palette) -> None:
    """A spade in the earth."""
    c.rect(0, 76, 100, 100, _EARTH)
    c.rect(40, 9, 60, 13, (160, 112, 72), 2)
    c.rect(48, 11, 52, 50, (190, 142, 96))
    c.poly([(38, 48), (62, 48), (62, 72), (50, 86), (38, 72)], p.body if p.body != p.main else _STEEL)
    c.poly([(50, 48), (62, 48), (62, 72), (50, 86)], darker(_STEEL, 0.2))
    c.blob([(22, 76), (36, 70), (64, 70), (78, 76), (70, 90), (30, 90)], darker(_EARTH, 0.25))


def shears(c: Canvas, p: Palette) -> None:
    """Shears, open."""
    c.poly([(48, 50), (28, 12), (24, 16), (44, 56)], _STEEL)
    c.poly([(52, 50), (72, 12), (76, 16), (56, 56)], darker(_STEEL, 0.12))
    c.curve([(50, 52), (40, 68), (28, 82)], 5.4, p.main)
    c.curve([(50, 52), (60, 68), (72, 82)], 5.4, darker(p.main, 0.14))
    c.oval(50, 52, 4, None, p.dark)
    c.oval(50, 52, 1.4, None, _STEEL)


def can(c: Canvas, p: Palette) -> None:
    """A watering can."""
    c.shadow(54, 22, p.shade)
    c.arc(60, 46, 22, (180, 360), 3, darker(p.body, 0.15))
    c.line([(38, 66), (16, 36)], 4.6, darker(p.body, 0.08))
    c.poly([(8, 36), (22, 28), (20, 42)], p.body)
    c.turned(57, [(44, 17), (TABLE, 22)], p.body, round_=False)
    c.arc(79, 60, 11, (-80, 80), 3, darker(p.body, 0.15))
    for y in (52, 70):
        c.rect(37, y, 77, y + 1.4, darker(p.body, 0.2))


MOTIFS = {
    "cachepot": pot, "übertopf": pot, "long tom": pot, "trough": trough, "bonsai": bonsai, "planter": jar,
    "herb box": trough, "seeds": packet, "seed mix": packet, "tomato": tomatoes, "bulbs": bulbs,
    "seed envelopes": packet, "soil knife": handled, "trowel": handled, "dibber": handled, "spade": spade,
    "shears": shears, "pruners": shears, "watering can": can, "hand tools": handled, "pots & planters": pot,
    "seeds & bulbs": packet,
}  # fmt: skip

"""Things of the house: lamps, cloths, and what lies on a desk."""

from seed.pictures.canvas import TABLE, Canvas, Rgb, darker, lighter, mix
from seed.pictures.colours import Palette

_GLOW: Rgb = (255, 236, 184)


def _halo(c: Canvas, p: Palette, x: float, y: float, r: float) -> None:
    for share, radius in ((0.35, r), (0.6, r * 0.68)):
        c.oval(x, y, radius, None, mix(p.wall, _GLOW, share))


def desk_lamp(c: Canvas, p: Palette) -> None:
    """A lamp with a jointed arm."""
    _halo(c, p, 28, 52, 22)
    c.shadow(62, 16, p.shade)
    c.line([(62, 74), (74, 48), (44, 30)], 2.6, p.dark)
    c.oval(74, 48, 3, None, p.other)
    c.rect(48, 73, 76, TABLE, p.body, 2)
    c.poly([(40, 22), (52, 34), (32, 54), (14, 40)], p.body)
    c.poly([(52, 34), (32, 54), (24, 48), (46, 28)], darker(p.body, 0.14))
    c.oval(23, 47, 4, None, _GLOW)


def pendant(c: Canvas, p: Palette) -> None:
    """A lamp that hangs."""
    _halo(c, p, 50, 52, 40)
    c.rect(49.4, 0, 50.6, 30, p.dark)
    c.turned(50, [(27, 3), (33, 4)], p.dark, round_=False)
    c.turned(50, [(32, 5), (40, 16), (52, 22), (64, 18), (70, 8)], mix(p.body, _GLOW, 0.4))


def ceiling(c: Canvas, p: Palette) -> None:
    """A shade of enamel."""
    _halo(c, p, 50, 60, 38)
    c.rect(49.2, 0, 50.8, 24, p.dark)
    c.turned(50, [(22, 4), (32, 6), (40, 14), (52, 31), (55, 33)], p.body)
    c.oval(50, 55, 33, 4.5, _GLOW)
    c.oval(50, 56, 5, 6, (255, 250, 230))


def paper_lamp(c: Canvas, p: Palette) -> None:
    """A lantern of paper in a frame."""
    _halo(c, p, 50, 46, 40)
    c.shadow(50, 20, p.shade)
    c.rect(33, 18, 67, 72, (255, 226, 160))
    c.rect(50, 18, 67, 72, (246, 210, 138))
    for x in (32, 49.2, 66.4):
        c.rect(x, 14, x + 1.8, TABLE, darker(p.body, 0.25))
    for y in (18, 31, 45, 58, 71):
        c.rect(32, y, 68, y + 1.6, darker(p.body, 0.25))


def night_light(c: Canvas, p: Palette) -> None:
    """A glowing pebble."""
    _halo(c, p, 50, 62, 36)
    c.shadow(50, 24, p.shade)
    c.blob([(26, 66), (38, 50), (58, 48), (75, 64), (66, TABLE), (36, TABLE)], mix(p.body, _GLOW, 0.6))
    c.blob([(34, 62), (42, 54), (52, 54), (46, 62)], (255, 248, 226))


def candles(c: Canvas, p: Palette) -> None:
    """A pair of candles that burn."""
    for x, top in ((38, 30), (62, 24)):
        _halo(c, p, x, top - 6, 14)
        c.shadow(x, 11, p.shade)
        c.turned(x, [(top, 4.2), (72, 4.8)], p.body, round_=False)
        c.turned(x, [(69, 6), (73, 9), (TABLE, 12)], p.main)
        c.blob([(x, top - 13), (x + 2.8, top - 5), (x, top - 1), (x - 2.8, top - 5)], (244, 176, 66))
        c.oval(x, top - 4, 1.3, 2.2, (255, 240, 200))


def candelabrum(c: Canvas, p: Palette) -> None:
    """Three candles on one foot."""
    c.shadow(50, 18, p.shade)
    c.arc(50, 38, 26, (0, 180), 3, p.body)
    c.rect(48.6, 40, 51.4, 74, p.body)
    c.turned(50, [(72, 6), (TABLE, 18)], p.body)
    for x, base in ((24, 40), (50, 36), (76, 40)):
        c.rect(x - 5, base - 2, x + 5, base + 1, p.body, 1)
        c.rect(x - 2.4, base - 20, x + 2.4, base - 2, p.light, 0.6)
        c.blob([(x, base - 30), (x + 2.2, base - 24), (x, base - 20), (x - 2.2, base - 24)], (244, 176, 66))


def bulb(c: Canvas, p: Palette) -> None:
    """A bulb whose filament glows."""
    _halo(c, p, 50, 44, 38)
    c.oval(50, 44, 22, None, mix(p.wall, _GLOW, 0.75))
    c.ring(50, 44, 22, 0.9, mix(p.wall, p.dark, 0.35))
    c.curve([(46, 62), (43, 46), (47, 38), (50, 48), (53, 38), (57, 46), (54, 62)], 1.1, (236, 140, 40))
    c.turned(50, [(64, 8), (TABLE, 7)], (190, 180, 150), round_=False)
    for y in (67, 71, 75):
        c.rect(42, y, 58, y + 1.2, (140, 130, 105))


def coil(c: Canvas, p: Palette) -> None:
    """Something long, coiled."""
    c.oval(52, 55, 33, None, p.shade)
    for r in (32, 25.5, 19):
        c.ring(50, 51, r, 4.6, p.body)
        c.ring(50, 51, r, 1.2, darker(p.body, 0.2))
    c.curve([(74, 70), (84, 78), (90, 90)], 4.4, p.body)


def folded(c: Canvas, p: Palette) -> None:
    """A pile of folded cloth."""
    c.shadow(50, 32, p.shade)
    tones = (p.body, lighter(p.body, 0.3), mix(p.body, p.main, 0.45), p.body)
    for i, tone in enumerate(tones):
        top = TABLE - 11 * (i + 1)
        c.rect(18 + i, top, 82 - i, top + 10.4, tone, 5)
        c.rect(18 + i, top + 6.6, 82 - i, top + 10.4, darker(tone, 0.12), 3.4)
        for x in range(24, 78, 6):
            c.rect(x, top + 1.4, x + 1, top + 6, darker(tone, 0.1))


def cushion(c: Canvas, p: Palette) -> None:
    """A cushion with a woven band."""
    c.shadow(50, 30, p.shade)
    c.blob([(18, 24), (50, 27), (82, 24), (79, 51), (82, TABLE), (50, 75), (18, TABLE), (21, 51)], p.body)
    for i in range(5):
        x = 29 + i * 10.5
        c.poly([(x - 4.6, 51), (x, 44), (x + 4.6, 51), (x, 58)], p.light)
        c.poly([(x - 2.4, 51), (x, 47.4), (x + 2.4, 51), (x, 54.6)], p.other)
    for y in (38, 62):
        c.rect(23, y, 77, y + 2, p.light)


def hanging(c: Canvas, p: Palette) -> None:
    """A cloth that hangs from a rod."""
    c.rect(8, 16, 92, 19, darker((160, 118, 80), 0.1), 1.5)
    for left, right in ((18, 49), (51, 82)):
        c.rect(left, 17, right, 84, p.body)
        c.rect(right - 6, 17, right, 84, darker(p.body, 0.12))
    c.oval(50, 50, 15, None, p.light)
    c.oval(50, 50, 11.5, None, p.body)
    c.rect(49, 19, 51, 84, p.wall)


def pattern(c: Canvas, p: Palette) -> None:
    """A cloth, laid out, in a pattern of leaves."""
    c.rect(20, 18, 84, 86, p.shade, 1)
    c.rect(17, 15, 81, 83, p.body)
    for row in range(4):
        for column in range(4):
            x, y = 26 + column * 16 - (row % 2) * 3, 24 + row * 16.5
            tone = (p.light, p.other, lighter(p.body, 0.35))[(row + column) % 3]
            c.poly([(x - 5, y + 1), (x, y - 6), (x + 5, y + 1), (x, y + 6)], tone)
            c.rect(x - 0.4, y, x + 0.4, y + 9, tone)


def bundle(c: Canvas, p: Palette) -> None:
    """A thing wrapped in a knotted cloth."""
    c.shadow(50, 28, p.shade)
    c.turned(50, [(38, 8), (46, 22), (62, 30), (TABLE, 27)], p.body)
    c.blob([(50, 38), (32, 18), (26, 26), (40, 40)], darker(p.body, 0.08))
    c.blob([(50, 38), (68, 18), (74, 26), (60, 40)], darker(p.body, 0.2))
    c.oval(50, 39, 6.5, 5, darker(p.body, 0.14))
    for x in (36, 50, 64):
        c.oval(x, 60, 3, None, lighter(p.body, 0.4))


def rug(c: Canvas, p: Palette) -> None:
    """A rolled mat or runner."""
    c.shadow(50, 36, p.shade)
    c.poly([(26, 66), (92, 72), (92, TABLE), (26, TABLE)], p.body)
    c.oval(27, 60, 18, None, darker(p.body, 0.12))
    for r in (15, 10.5, 6):
        c.ring(27, 60, r, 1.6, lighter(p.body, 0.25))
    for x in range(52, 92, 9):
        c.poly([(x, 69), (x + 4, 69.4), (x + 4, TABLE), (x, TABLE)], p.main)


MOTIFS = {
    "desk lamp": desk_lamp, "clip lamp": desk_lamp, "pendant": pendant, "floor lamp": paper_lamp,
    "plafonnier": ceiling, "night light": night_light, "candelabrum": candelabrum, "dinner candles": candles,
    "lamp flex": coil, "bulb": bulb, "blanket": folded, "towels": folded, "towel": folded, "bedspread": folded,
    "pillowcases": folded, "tenugui": pattern, "cushion": cushion, "oilcloth": pattern, "runner": rug,
    "noren": hanging, "furoshiki": bundle, "lighting": pendant, "textiles": folded, "cloth": pattern,
    "sleeping mat": rug, "quilt": folded, "liner": folded, "mattress": rug, "desk mat": rug, "marbled": pattern,
}  # fmt: skip

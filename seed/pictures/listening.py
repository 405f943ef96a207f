"""Things to listen to."""

from seed.pictures.canvas import TABLE, Canvas, darker, lighter, mix
from seed.pictures.colours import Palette

_STEEL = (188, 194, 198)


def radio(c: Canvas, p: Palette) -> None:
    """A radio."""
    c.shadow(50, 34, p.shade)
    c.line([(74, 36), (88, 10)], 1.2, _STEEL)
    c.rect(14, 36, 86, TABLE, p.body, 6)
    c.rect(14, 68, 86, TABLE, darker(p.body, 0.16), 6)
    c.rect(20, 42, 56, 72, mix(p.light, p.body, 0.2), 3)
    for x in range(23, 55, 4):
        c.rect(x, 45, x + 1.6, 69, darker(p.body, 0.25))
    c.rect(60, 43, 81, 53, p.light, 1)
    c.rect(72, 43, 72.8, 53, (200, 60, 44))
    for x in (65, 76):
        c.oval(x, 63, 4.4, None, p.dark)
        c.oval(x, 62, 1, None, p.light)


def speakers(c: Canvas, p: Palette) -> None:
    """A pair of speakers."""
    for x in (18, 54):
        c.shadow(x + 14, 15, p.shade)
        c.rect(x, 24, x + 28, TABLE, p.body, 2)
        c.rect(x + 24, 24, x + 28, TABLE, darker(p.body, 0.22), 2)
        for y, r in ((40, 6), (61, 10.5)):
            c.oval(x + 12.5, y, r, None, p.dark)
            c.oval(x + 12.5, y, r * 0.72, None, (82, 80, 84))
            c.oval(x + 12.5, y, r * 0.3, None, p.dark)


def horn(c: Canvas, p: Palette) -> None:
    """A small round speaker, or a horn, with its sound."""
    c.shadow(46, 20, p.shade)
    for r in (26, 34, 42):
        c.arc(52, 50, r, (-38, 38), 1.8, mix(p.wall, p.main, 0.55))
    c.turned(46, [(34, 12), (44, 20), (66, 21), (TABLE, 16)], p.body)
    for y in range(46, 68, 5):
        for x in range(34, 60, 5):
            c.oval(x, y, 1.1, None, darker(p.body, 0.4))


def headphones(c: Canvas, p: Palette) -> None:
    """Headphones."""
    c.arc(50, 50, 32, (182, 358), 5.4, p.dark)
    c.arc(50, 50, 32, (215, 325), 7, p.body)
    for x, turn in ((17, 1), (83, -1)):
        c.rect(x - 7, 46, x + 7, 78, p.main, 6)
        c.rect(x + 4 * turn - 4, 48, x + 4 * turn + 4, 76, darker(p.main, 0.35), 4)
        c.oval(x - 3 * turn, 62, 2.6, 7, lighter(p.main, 0.3))


def earphones(c: Canvas, p: Palette) -> None:
    """Earphones and their wire."""
    c.curve([(30, 36), (34, 60), (50, 66), (50, 86)], 1.6, p.dark)
    c.curve([(70, 36), (66, 60), (50, 66), (50, 86)], 1.6, p.dark)
    for x in (30, 70):
        c.oval(x + 1, 30, 11, None, p.shade)
        c.oval(x, 28, 11, None, p.body)
        c.oval(x, 28, 6.4, None, p.dark)
        c.rect(x - 2.4, 36, x + 2.4, 48, darker(p.body, 0.15), 2)
    c.rect(48, 82, 52, 94, _STEEL, 1)


def turntable(c: Canvas, p: Palette) -> None:
    """A record on its turntable."""
    c.rect(13, 25, 93, 87, p.shade, 3)
    c.rect(10, 22, 90, 83, p.body, 3)
    c.oval(43, 52, 26, None, (40, 40, 44))
    for r in (23, 19.5, 16, 12.5):
        c.ring(43, 52, r, 0.5, (74, 74, 78))
    c.oval(43, 52, 8.6, None, p.main)
    c.oval(43, 52, 1, None, p.light)
    c.oval(79, 33, 6, None, darker(_STEEL, 0.15))
    c.line([(79, 33), (78, 62), (64, 70)], 2, _STEEL)
    c.rect(60, 67, 67, 73, p.dark, 1)
    c.oval(80, 75, 2.6, None, p.dark)


def crate(c: Canvas, p: Palette) -> None:
    """A crate of records."""
    c.shadow(50, 34, p.shade)
    for i, tone in enumerate((p.main, p.light, p.other, darker(p.main, 0.3), lighter(p.main, 0.4), p.other)):
        c.rect(21 + i * 2, 24 + i * 2.6, 79 - (5 - i) * 1.2, 60, tone, 1)
    for y in (46, 57, 68):
        c.rect(16, y, 84, y + 9.4, p.body, 1)
        c.rect(16, y + 7, 84, y + 9.4, darker(p.body, 0.15), 1)
    c.rect(42, 49, 58, 53, darker(p.body, 0.5), 2)


def amplifier(c: Canvas, p: Palette) -> None:
    """A small case with knobs."""
    c.shadow(50, 32, p.shade)
    c.rect(17, 48, 83, TABLE, p.body, 3)
    c.rect(17, 70, 83, TABLE, darker(p.body, 0.18), 3)
    for x in (32, 50):
        c.oval(x, 60, 6, None, p.dark)
        c.line([(x, 60), (x + 3, 56)], 1.1, p.light)
    c.oval(70, 60, 1.8, None, (120, 200, 120))


MOTIFS = {
    "radio": radio, "bookshelf speakers": speakers, "portable speaker": horn, "phone horn": horn,
    "headphones": headphones, "ear pads": headphones, "headphone stand": headphones, "earphones": earphones,
    "turntable": turntable, "cartridge": turntable, "record brush": turntable, "platter mat": turntable,
    "record crate": crate, "preamplifier": amplifier, "radios & speakers": radio, "turntables": turntable,
}  # fmt: skip

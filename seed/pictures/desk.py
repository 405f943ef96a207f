"""Things of the desk: paper, books and pens."""

from seed.pictures.canvas import TABLE, Canvas, Rgb, darker, lighter
from seed.pictures.colours import Palette

_STEEL = (196, 202, 205)


def notebook(c: Canvas, p: Palette) -> None:
    """A notebook with an elastic band."""
    c.rect(29, 19, 77, 85, p.shade, 3)
    c.rect(27, 17, 75, 82, p.light, 2)
    c.rect(25, 15, 73, 80, p.body, 3)
    c.rect(25, 15, 31, 80, darker(p.body, 0.2), 2)
    c.rect(64, 15, 66, 80, p.other)
    c.rect(38, 28, 58, 40, p.light, 1)
    for y in (32, 36):
        c.rect(41, y, 55, y + 0.9, darker(p.body, 0.2))


def pad(c: Canvas, p: Palette) -> None:
    """A pad with a spiral at its head."""
    c.rect(26, 22, 78, 88, p.shade, 2)
    c.rect(24, 19, 76, 85, p.light, 2)
    for y in range(32, 82, 6):
        c.rect(30, y, 70, y + 0.7, (178, 196, 208))
    c.rect(24, 19, 76, 25, p.body, 1)
    for x in range(28, 75, 6):
        c.ring(x, 19, 3.4, 1.1, p.dark)


def book(c: Canvas, p: Palette) -> None:
    """A book that stands, its cover to the front."""
    cover = p.chance.choice((p.main, darker(p.other, 0.1), (58, 98, 84), (112, 62, 84), (186, 130, 58), (70, 84, 120)))
    c.shadow(52, 26, p.shade)
    c.poly([(72, 20), (80, 24), (80, 76), (72, TABLE)], p.light)
    c.rect(26, 18, 72, TABLE, cover, 1.5)
    c.rect(26, 18, 31, TABLE, darker(cover, 0.2), 1)
    c.rect(36, 26, 67, 29, p.light)
    c.rect(36, 32, 58, 34, lighter(cover, 0.5))
    p.chance.choice((_hills, _leaf, _waves))(c, p, cover)


def _hills(c: Canvas, p: Palette, cover: Rgb) -> None:
    c.oval(51, 55, 13, None, lighter(p.other, 0.1))
    c.blob([(38, 58), (46, 50), (54, 56), (64, 52), (63, 60), (51, 68), (40, 63)], darker(cover, 0.35))
    c.oval(55, 49, 3, None, p.light)


def _leaf(c: Canvas, p: Palette, cover: Rgb) -> None:
    c.blob([(51, 40), (62, 54), (51, 68), (40, 54)], lighter(p.other, 0.25))
    c.line([(51, 44), (51, 73)], 1, darker(cover, 0.3))
    for y in (52, 58, 64):
        c.line([(45, y - 4), (51, y), (57, y - 4)], 0.8, darker(cover, 0.3))


def _waves(c: Canvas, p: Palette, cover: Rgb) -> None:
    for i, tone in enumerate((p.light, lighter(p.other, 0.2), lighter(cover, 0.4))):
        y = 48 + i * 8
        c.curve([(36, y + 3), (42, y), (49, y + 3), (56, y), (67, y + 3)], 2.4, tone)


def fountain(c: Canvas, p: Palette) -> None:
    """A pen across its box."""
    c.rect(15, 38, 89, 72, p.shade, 4)
    c.rect(12, 34, 86, 68, lighter(p.main, 0.1), 4)
    c.rect(16, 38, 82, 64, darker(p.main, 0.25), 2)
    c.line([(32, 51), (62, 51)], 6.4, p.body)
    c.line([(62, 51), (76, 51)], 7.2, darker(p.body, 0.2))
    c.poly([(29, 48), (29, 54), (20, 51)], (224, 196, 120))
    c.rect(60, 47, 62, 55, p.light)
    c.rect(33, 48.6, 60, 49.6, lighter(p.body, 0.4))


def ink(c: Canvas, p: Palette) -> None:
    """A bottle of ink."""
    c.shadow(50, 22, p.shade)
    c.turned(50, [(40, 9), (44, 11), (50, 23), (TABLE, 23)], (205, 219, 222), round_=False)
    c.turned(50, [(56, 21), (TABLE - 2, 21)], p.body, round_=False)
    c.rect(40, 28, 60, 41, p.dark, 2)
    c.rect(36, 58, 64, 71, p.light, 1)
    c.oval(50, 64.5, 4, None, p.body)


def pencils(c: Canvas, p: Palette) -> None:
    """Pencils side by side."""
    for i in range(6):
        x, top = 22 + i * 10, 22 + (i * 7) % 11
        tone = (p.body, lighter(p.body, 0.15))[i % 2]
        c.rect(x + 1.6, top + 14, x + 9, 86, p.shade)
        c.rect(x, top + 12, x + 7, 84, tone)
        c.rect(x + 4.6, top + 12, x + 7, 84, darker(tone, 0.16))
        c.poly([(x, top + 12), (x + 7, top + 12), (x + 3.5, top)], (233, 205, 160))
        c.poly([(x + 2.4, top + 4), (x + 4.6, top + 4), (x + 3.5, top)], p.dark)
        c.rect(x, 78, x + 7, 84, p.main)


def brush(c: Canvas, p: Palette) -> None:
    """A brush and its stroke."""
    c.rect(16, 20, 84, 84, p.light, 1)
    c.blob([(24, 62), (34, 52), (52, 60), (66, 50), (74, 56), (62, 68), (46, 70), (30, 72)], p.dark)
    c.line([(48, 52), (78, 14)], 4, p.body)
    c.poly([(44.5, 49.5), (50, 54), (40, 63)], (60, 52, 48))
    c.oval(74, 76, 4, None, (196, 62, 46))


def roll_case(c: Canvas, p: Palette) -> None:
    """A roll of canvas with straps."""
    c.shadow(50, 34, p.shade)
    c.rect(16, 46, 84, TABLE, p.body, 15)
    c.rect(16, 64, 84, TABLE, darker(p.body, 0.12), 7)
    c.oval(80, 62, 8, 16, darker(p.body, 0.28))
    c.oval(80, 62, 4, 8.5, lighter(p.body, 0.15))
    for x in (32, 58):
        c.rect(x, 45, x + 4, 79, (110, 66, 40))
        c.rect(x - 1, 58, x + 5, 64, (201, 160, 78), 1)


def tray(c: Canvas, p: Palette) -> None:
    """A tray with compartments."""
    c.rect(16, 32, 90, 78, p.shade, 3)
    c.rect(13, 28, 87, 74, p.body, 3)
    for left, right in ((16, 40), (42, 62), (64, 84)):
        c.rect(left, 31, right, 71, darker(p.body, 0.3), 2)
    c.line([(22, 64), (34, 36)], 2.4, p.other)
    c.oval(52, 50, 6, None, _STEEL)
    c.ring(52, 50, 6, 1.4, darker(_STEEL, 0.2))
    c.rect(68, 40, 80, 62, p.light, 1)


def ruler(c: Canvas, p: Palette) -> None:
    """A ruler, and the line it drew."""
    c.rect(20, 16, 84, 86, p.light, 1)
    c.line([(26, 40), (78, 40)], 0.9, p.main)
    c.rect(11, 45, 93, 60, p.shade, 1)
    c.rect(9, 43, 91, 57, p.body, 1)
    for i in range(33):
        c.rect(11 + i * 2.4, 43, 11.5 + i * 2.4, 45.5 + (2.4 if i % 5 == 0 else 0), p.dark)


def blocks(c: Canvas, p: Palette) -> None:
    """Blocks of wood with figures on them."""
    c.shadow(50, 32, p.shade)
    for x, tone in ((18, p.body), (51, lighter(p.body, 0.15))):
        c.rect(x, 44, x + 31, TABLE, tone, 2)
        c.rect(x + 24, 44, x + 31, TABLE, darker(tone, 0.12), 2)
    c.ring(31, 61, 9, 3, p.main)
    c.rect(63, 52, 66, 70, p.main)
    c.rect(24, 33, 76, 43, darker(p.body, 0.1), 2)


def opener(c: Canvas, p: Palette) -> None:
    """A letter opener on an envelope."""
    envelope(c, p)
    c.line([(20, 84), (56, 48)], 3.2, p.dark)
    c.poly([(54, 46), (58, 50), (84, 18)], darker(p.body, 0.05))


def envelope(c: Canvas, p: Palette) -> None:
    """An envelope with a seal."""
    c.rect(16, 32, 88, 80, p.shade, 2)
    c.rect(13, 28, 85, 76, lighter(p.body, 0.35), 2)
    c.poly([(13, 29), (85, 29), (49, 56)], lighter(p.body, 0.1))
    c.line([(13, 29), (49, 56), (85, 29)], 0.9, darker(p.body, 0.2))
    c.oval(49, 54, 6.5, None, (178, 52, 44))
    c.oval(49, 54, 4, None, (201, 78, 66))


def bookends(c: Canvas, p: Palette) -> None:
    """Books between two ends of steel."""
    c.shadow(50, 36, p.shade)
    tones = (p.main, p.other, lighter(p.main, 0.4), darker(p.other, 0.3), p.light)
    for i, tone in enumerate(tones):
        x, top = 24 + i * 10.5, 32 + (i * 7) % 10
        c.rect(x, top, x + 9.6, TABLE, tone, 1)
        c.rect(x + 2, top + 6, x + 7.6, top + 8, darker(tone, 0.25))
    for x in (19, 77):
        c.rect(x, 42, x + 4, TABLE, p.dark, 1)


def whale(c: Canvas, p: Palette) -> None:
    """A small whale of iron, with tape."""
    c.shadow(48, 34, p.shade)
    c.blob([(12, 66), (18, 48), (42, 42), (64, 54), (78, 62), (70, TABLE), (28, TABLE)], p.body)
    c.blob([(70, 64), (86, 44), (94, 48), (88, 54), (82, 70)], p.body)
    c.oval(25, 60, 1.6, None, p.light)
    c.ring(46, 42, 13, 5, lighter(p.other, 0.2))
    c.ring(46, 42, 8, 1.6, p.light)


def sandglass(c: Canvas, p: Palette) -> None:
    """An hourglass that runs."""
    c.shadow(50, 22, p.shade)
    c.turned(50, [(26, 15), (38, 13), (50, 2.2), (62, 13), (74, 15)], (214, 226, 228))
    c.poly([(39, 38), (61, 38), (51.5, 49), (48.5, 49)], p.light)
    c.poly([(37, 74), (63, 74), (50, 60)], p.light)
    c.rect(49.6, 49, 50.4, 66, p.light)
    for y in (22, 73):
        c.rect(29, y, 71, y + 5, (150, 104, 66), 2)
    for x in (32, 66):
        c.rect(x, 26, x + 2, 74, (128, 86, 54))


MOTIFS = {
    "notebooks": notebook, "journal": notebook, "manuscript": pad, "sketchbook": pad, "survey notebook": notebook,
    "ledger": book, "reporter": pad, "fountain pen": fountain, "ink": ink, "brush pen": brush, "pencils": pencils,
    "dip pen": fountain, "pen case": roll_case, "desk tray": tray, "ruler": ruler, "calendar": blocks,
    "opener": opener, "book ends": bookends, "tape dispenser": whale, "sandglass": sandglass, "nameplate": ruler,
    "envelopes": envelope, "paperback": book, "walks": book, "handbook": book, "grammar": book,
    "kleines buch": book, "soupes": book, "calligraphy": brush, "saddle roll": roll_case, "small press": book,
    "pens & ink": fountain, "desk": tray, "paper & brush": brush,
}  # fmt: skip

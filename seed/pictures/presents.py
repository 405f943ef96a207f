"""Cards, wrappings and presents."""

from seed.pictures.canvas import TABLE, Canvas, darker, lighter
from seed.pictures.colours import Palette
from seed.pictures.desk import envelope


def card(c: Canvas, p: Palette) -> None:
    """A folded card with a bird on it."""
    c.shadow(50, 28, p.shade)
    c.poly([(62, 22), (82, 30), (82, 80), (62, TABLE)], darker(p.light, 0.12))
    c.rect(24, 22, 63, TABLE, p.light, 1)
    c.blob([(32, 52), (40, 42), (50, 44), (56, 54), (46, 62), (36, 60)], p.main)
    c.poly([(54, 50), (61, 53), (54, 55)], p.other)
    c.blob([(36, 54), (44, 50), (48, 56), (40, 59)], darker(p.main, 0.25))
    c.oval(50, 49, 1, None, p.light)
    c.curve([(30, 70), (42, 66), (58, 69)], 1.2, (90, 120, 80))


def roll(c: Canvas, p: Palette) -> None:
    """A roll of paper, or of tape."""
    c.shadow(50, 34, p.shade)
    c.rect(14, 50, 82, TABLE, p.body, 2)
    c.rect(14, 68, 82, TABLE, darker(p.body, 0.14), 2)
    c.oval(82, 64, 7, 14, darker(p.body, 0.2))
    c.oval(82, 64, 3.4, 7, p.light)
    c.poly([(20, 50), (66, 50), (62, 24), (24, 26)], lighter(p.body, 0.15))
    c.rect(40, 49, 44, 79, p.main)


def tapes(c: Canvas, p: Palette) -> None:
    """Rolls, stacked and leaning."""
    for x, y, tone in ((34, 62, p.body), (64, 60, p.main), (50, 38, p.other)):
        c.oval(x + 1.6, y + 2, 17, None, p.shade)
        c.oval(x, y, 17, None, tone)
        for a in (0, 60, 120, 180, 240, 300):
            c.arc(x, y, 13.6, (a, a + 22), 2, p.light)
        c.oval(x, y, 9, None, darker(tone, 0.35))
        c.oval(x, y, 7.4, None, p.wall)


def spool(c: Canvas, p: Palette) -> None:
    """A spool with thread, twine or ribbon."""
    c.shadow(50, 22, p.shade)
    c.rect(28, 68, 72, TABLE, (172, 124, 80), 3)
    c.turned(50, [(34, 18), (68, 18)], p.body, round_=False)
    for y in range(36, 68, 4):
        c.line([(32.5, y + 2), (67.5, y)], 0.8, darker(p.body, 0.22))
    c.rect(28, 24, 72, 34, (190, 140, 94), 3)
    c.curve([(66, 60), (80, 66), (84, TABLE), (94, 82)], 2, p.body)


def wax(c: Canvas, p: Palette) -> None:
    """Sealing wax and a seal."""
    envelope(c, p)
    for i, tone in enumerate(((178, 52, 44), p.main, p.other)):
        c.line([(20 + i * 9, 88), (28 + i * 9, 66)], 5, tone)
    c.turned(74, [(60, 4), (70, 6), (80, 4), (84, 7)], p.body)


def playing_cards(c: Canvas, p: Palette) -> None:
    """Cards with flowers, fanned."""
    for i, (x, y) in enumerate(((22, 32), (39, 26), (56, 32))):
        tone = (lighter(p.other, 0.5), p.light, lighter(p.main, 0.5))[i]
        c.rect(x + 1.6, y + 2, x + 25.6, y + 42, p.shade, 2)
        c.rect(x, y, x + 24, y + 40, (170, 45, 40), 2)
        c.rect(x + 1.6, y + 1.6, x + 22.4, y + 38.4, tone, 1)
        for a, b in ((8, 14), (15, 12), (12, 20), (9, 26)):
            c.oval(x + a, y + b, 3, None, (p.main, (200, 70, 70), p.other)[i])
            c.oval(x + a, y + b, 1.1, None, p.light)


def gift_card(c: Canvas, p: Palette) -> None:
    """A card with a bow."""
    c.rect(14, 32, 90, 79, p.shade, 5)
    c.rect(11, 28, 87, 75, p.main, 5)
    c.rect(11, 58, 87, 75, darker(p.main, 0.14), 5)
    c.rect(62, 28, 68, 75, p.other)
    c.rect(11, 46, 87, 51, p.other)
    c.blob([(65, 48), (50, 34), (48, 46)], lighter(p.other, 0.2))
    c.blob([(65, 48), (80, 34), (82, 46)], lighter(p.other, 0.1))
    c.oval(65, 48, 4, None, darker(p.other, 0.15))
    c.rect(18, 62, 42, 65, p.light, 1)


def sheet(c: Canvas, p: Palette) -> None:
    """A printed sheet with a plan on it."""
    c.rect(27, 15, 79, 88, p.shade, 1)
    c.rect(24, 12, 76, 84, p.light, 1)
    c.rect(30, 18, 60, 21, p.main)
    for row in range(3):
        for column in range(3):
            x, y = 30 + column * 14.5, 28 + row * 17.5
            c.rect(x, y, x + 12, y + 14, lighter(p.table, 0.3), 1)
            c.oval(x + 6, y + 8, 3, None, (p.main, p.other, (110, 140, 84))[(row + column) % 3])


def record(c: Canvas, p: Palette) -> None:
    """Waves of sound under drops of rain."""
    c.rect(19, 19, 85, 85, p.shade, 3)
    c.rect(16, 16, 82, 82, p.main, 3)
    for i, tall in enumerate((6, 14, 24, 12, 30, 18, 26, 10, 20, 8)):
        c.line([(23 + i * 5.8, 56 - tall / 2), (23 + i * 5.8, 56 + tall / 2)], 2.2, p.light)
    for x, y in ((28, 28), (42, 24), (56, 30), (70, 25)):
        c.blob([(x, y - 4), (x + 2.4, y + 1), (x, y + 3), (x - 2.4, y + 1)], lighter(p.other, 0.3))


MOTIFS = {
    "cards": card, "kraft wrapping": roll, "washi tape": tapes, "ribbon": spool, "twine": spool, "wax": wax,
    "flower cards": playing_cards, "gift card": gift_card, "gutschein": gift_card, "sewing pattern": sheet,
    "planner": sheet, "field recording": record, "bar tape": tapes, "cards & wrapping": card,
    "cards & downloads": gift_card,
}  # fmt: skip

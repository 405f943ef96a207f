"""Things of the kitchen: pots and cups, knives and boards."""

from seed.pictures.canvas import TABLE, Canvas, darker, lighter
from seed.pictures.colours import Palette


def kettle(c: Canvas, p: Palette) -> None:
    """A kettle with a long thin spout."""
    c.shadow(48, 24, p.shade)
    c.curve([(30, 66), (20, 62), (17, 48), (12, 38), (8, 37)], 3.4, darker(p.body, 0.1))
    c.arc(66, 52, 16, (-75, 80), 4, p.dark)
    c.turned(48, [(44, 15), (54, 18), (70, 23), (TABLE, 24)], p.body)
    c.turned(48, [(39, 6), (44, 15)], darker(p.body, 0.08))
    c.oval(48, 36, 4, None, p.dark)


def moka(c: Canvas, p: Palette) -> None:
    """A stovetop pot with eight sides."""
    c.shadow(48, 18, p.shade)
    c.line([(64, 36), (76, 38), (74, 58)], 5, p.dark)
    c.turned(48, [(56, 12), (TABLE, 19)], p.body, round_=False)
    c.turned(48, [(28, 18), (53, 13)], lighter(p.body, 0.1), round_=False)
    c.poly([(31, 30), (22, 30), (33, 40)], p.body)
    c.rect(35, 52, 61, 57, darker(p.body, 0.25), 1)
    c.poly([(32, 28), (48, 20), (64, 28)], darker(p.body, 0.1))
    c.oval(48, 18, 3.4, None, p.dark)


def grinder(c: Canvas, p: Palette) -> None:
    """A hand grinder with its crank."""
    c.shadow(50, 15, p.shade)
    c.line([(50, 24), (76, 22)], 3, p.dark)
    c.turned(76, [(10, 3.5), (14, 5), (22, 3)], p.main)
    c.turned(50, [(28, 12), (54, 13)], p.body, round_=False)
    c.turned(50, [(54, 13), (TABLE, 14)], darker(p.main, 0.05), round_=False)
    c.rect(36, 52, 64, 55, darker(p.body, 0.3), 1)
    c.turned(50, [(22, 4), (25, 10), (28, 13)], darker(p.body, 0.1))


def dripper(c: Canvas, p: Palette) -> None:
    """A cone over a jug."""
    c.shadow(50, 20, p.shade)
    c.turned(50, [(54, 8), (62, 17), (72, 20), (TABLE, 17)], lighter(p.body, 0.25))
    c.turned(50, [(66, 19), (72, 20), (TABLE, 17)], darker(p.main, 0.35))
    c.turned(50, [(24, 23), (47, 8)], p.body, round_=False)
    c.rect(40, 45, 60, 53, (199, 154, 106), 2)
    c.oval(50, 24, 23, 3.5, darker(p.body, 0.15))


def press(c: Canvas, p: Palette) -> None:
    """A coffee press."""
    c.shadow(46, 17, p.shade)
    c.arc(66, 52, 13, (-80, 80), 4.5, p.dark)
    c.rect(45, 14, 47, 34, p.dark)
    c.oval(46, 13, 3.5, None, p.dark)
    c.turned(46, [(36, 16), (TABLE, 16)], p.body, round_=False)
    c.turned(46, [(29, 9), (33, 17), (37, 17.5)], darker(p.body, 0.12))
    c.rect(29.5, 70, 62.5, 73, darker(p.body, 0.2))


def pot(c: Canvas, p: Palette) -> None:
    """A pot with a long straight handle."""
    c.shadow(42, 19, p.shade)
    c.line([(58, 46), (90, 32)], 3.6, p.main)
    c.turned(42, [(42, 13), (48, 12), (62, 18), (TABLE, 19)], p.body)
    c.poly([(30, 43), (23, 40), (31, 50)], p.body)
    c.oval(42, 42, 13, 2.4, darker(p.body, 0.35))
    for x in (34, 40, 46, 52):
        for y in (58, 65, 72):
            c.oval(x, y, 1.6, None, darker(p.body, 0.1))


def dallah(c: Canvas, p: Palette) -> None:
    """A tall pot with a beak."""
    c.shadow(50, 18, p.shade)
    c.curve([(64, 40), (78, 36), (78, 58), (62, 66)], 3.4, darker(p.body, 0.2))
    c.blob([(42, 44), (24, 26), (14, 27), (26, 36), (38, 58)], darker(p.body, 0.08))
    c.turned(50, [(34, 12), (46, 10), (58, 14), (70, 19), (TABLE, 18)], p.body)
    c.turned(50, [(14, 0.8), (20, 2), (28, 6), (34, 13)], lighter(p.body, 0.1))
    c.rect(39, 46, 61, 48.5, p.main, 1)


def bowl(c: Canvas, p: Palette) -> None:
    """A bowl with a foot."""
    c.shadow(50, 20, p.shade)
    c.rect(40, 70, 60, TABLE, darker(p.body, 0.2), 2)
    c.turned(50, [(46, 31), (54, 29), (64, 22), (72, 12)], p.body)
    c.oval(50, 46, 31, 5, darker(p.body, 0.22))
    c.oval(50, 47, 27, 3.6, lighter(p.main, 0.25))
    for x, y in ((30, 56), (38, 62), (47, 58), (57, 64), (63, 55), (70, 58), (44, 67)):
        c.oval(x, y, 0.8, None, darker(p.body, 0.35))


def plate(c: Canvas, p: Palette) -> None:
    """A plate seen from above."""
    c.oval(52, 52, 36, None, p.shade)
    c.oval(50, 50, 36, None, p.body)
    c.ring(50, 50, 36, 1.6, darker(p.body, 0.2))
    c.oval(50, 50, 25, None, darker(p.body, 0.08))
    c.oval(49, 49, 24, None, lighter(p.body, 0.2))
    for x, y in ((40, 42), (55, 38), (61, 55), (45, 60), (52, 50), (36, 53)):
        c.oval(x, y, 0.9, None, darker(p.body, 0.25))


def cups(c: Canvas, p: Palette) -> None:
    """Two cups without handles, one behind the other."""
    for x, y, colour in ((62, 74, darker(p.body, 0.12)), (38, TABLE, p.body)):
        c.shadow(x, 15, p.shade, y)
        c.turned(x, [(y - 34, 15.5), (y - 14, 15), (y - 3, 12), (y, 10)], colour)
        c.oval(x, y - 34, 15.5, 2.8, darker(colour, 0.3))
        c.rect(x - 15.2, y - 25, x + 15.2, y - 22.5, p.main)


def mug(c: Canvas, p: Palette) -> None:
    """A mug with its handle."""
    c.shadow(46, 20, p.shade)
    c.ring(68, 56, 14, 4.5, darker(p.body, 0.15))
    c.turned(46, [(34, 21), (TABLE - 3, 21), (TABLE, 18)], p.body, round_=False)
    c.oval(46, 34, 21, 3.6, p.dark)
    c.oval(46, 34.6, 19, 2.8, darker(p.body, 0.3))


def tin(c: Canvas, p: Palette) -> None:
    """A round tin with a label."""
    c.shadow(50, 18, p.shade)
    c.turned(50, [(34, 19), (TABLE, 19)], p.main, round_=False)
    c.turned(50, [(25, 19.6), (36, 19.6)], darker(p.body, 0.05), round_=False)
    c.rect(36, 47, 64, 68, p.light, 1)
    c.blob([(50, 50), (56, 58), (50, 65), (44, 58)], p.other)
    c.line([(50, 53), (50, 66)], 0.8, darker(p.other, 0.4))


def pouch(c: Canvas, p: Palette) -> None:
    """A paper bag of leaves, folded at the top."""
    c.shadow(50, 20, p.shade)
    c.poly([(31, 28), (69, 28), (71, TABLE), (29, TABLE)], p.body)
    c.poly([(60, 28), (69, 28), (71, TABLE), (62, TABLE)], darker(p.body, 0.14))
    c.rect(30, 22, 70, 31, darker(p.body, 0.22), 1)
    c.oval(47, 54, 12, None, p.light)
    for lean in (-6, 0, 6):
        c.curve([(47, 62), (47 + lean, 52), (47 + 1.5 * lean, 46)], 1.6, p.other)


def whisk(c: Canvas, p: Palette) -> None:
    """A whisk of split bamboo."""
    c.shadow(50, 16, p.shade)
    for x in range(-16, 17, 2):
        c.curve(
            [(50 + x * 0.35, 44), (50 + x * 1.05, 62), (50 + x * 0.9, TABLE)], 1, darker(p.body, 0.05 + (x % 4) * 0.06)
        )
    c.turned(50, [(18, 6.5), (44, 7)], p.body, round_=False)
    c.rect(42.5, 40, 57.5, 45, p.dark, 1)


def teapot(c: Canvas, p: Palette) -> None:
    """A round teapot."""
    c.shadow(50, 24, p.shade)
    c.curve([(28, 62), (18, 56), (12, 44)], 6, darker(p.body, 0.1))
    c.arc(72, 56, 13, (-85, 90), 4, p.main)
    c.turned(50, [(42, 12), (48, 20), (60, 25), (72, 22), (TABLE, 15)], p.body)
    c.turned(50, [(37, 6), (42, 13)], darker(p.body, 0.15))
    c.oval(50, 35, 3.4, None, p.main)


def kyusu(c: Canvas, p: Palette) -> None:
    """A teapot whose handle stands off to the side."""
    c.shadow(44, 22, p.shade)
    c.line([(62, 58), (88, 46)], 6, darker(p.body, 0.1))
    c.curve([(24, 62), (15, 56), (12, 50)], 5, darker(p.body, 0.1))
    c.turned(44, [(48, 15), (54, 21), (66, 23), (TABLE, 16)], p.body)
    c.turned(44, [(43, 9), (48, 16)], darker(p.body, 0.18))
    c.oval(44, 42, 3, None, darker(p.body, 0.3))


def cosy(c: Canvas, p: Palette) -> None:
    """A felt dome for a teapot."""
    c.shadow(50, 27, p.shade)
    c.turned(50, [(32, 4), (36, 13), (48, 24), (66, 28), (TABLE, 28)], p.body)
    c.rect(22, 68, 78, 72, p.main)
    c.oval(50, 30, 4.5, None, p.main)


def dish(c: Canvas, p: Palette) -> None:
    """A small dish with lumps of sugar."""
    for x, y in ((40, 52), (50, 48), (59, 53), (46, 56), (55, 57)):
        c.poly([(x - 5, y), (x, y - 5), (x + 5, y), (x + 3, y + 6), (x - 3, y + 6)], lighter(p.other, 0.55))
        c.poly([(x, y - 5), (x + 5, y), (x + 3, y + 6), (x, y + 1)], lighter(p.other, 0.3))
    c.shadow(50, 22, p.shade)
    c.turned(50, [(57, 30), (66, 24), (TABLE, 12)], p.body)


def knife(c: Canvas, p: Palette) -> None:
    """A knife on a board."""
    c.rect(17, 23, 87, 81, p.shade, 5)
    c.rect(15, 20, 85, 78, lighter(p.table, 0.15), 5)
    c.poly([(22, 70), (24, 60), (58, 33), (66, 41)], (205, 210, 212))
    c.poly([(22, 70), (63, 38), (66, 41)], (168, 174, 178))
    c.line([(63, 37), (79, 24)], 6.5, darker(p.body, 0.1) if p.body != p.main else p.main)
    c.oval(68, 33, 0.9, None, p.light)
    c.oval(74, 28, 0.9, None, p.light)


def board(c: Canvas, p: Palette) -> None:
    """A wooden board with its grain."""
    c.rect(19, 25, 85, 79, p.shade, 6)
    c.rect(16, 21, 82, 75, p.body, 6)
    for i in range(6):
        c.curve(
            [(17, 28 + i * 8), (38, 26 + i * 8.4), (60, 30 + i * 7.6), (81, 27 + i * 8.2)], 0.9, darker(p.body, 0.14)
        )
    c.oval(73, 30, 3.2, None, darker(p.body, 0.55))
    c.oval(40, 54, 8, None, p.other)
    c.oval(40, 54, 6.6, None, lighter(p.other, 0.35))


def rail(c: Canvas, p: Palette) -> None:
    """A rail with knives that hang from it."""
    for x, long in ((26, 34), (44, 42), (62, 28), (76, 22)):
        c.poly([(x - 4, 34), (x + 4, 34), (x + 4, 34 + long), (x - 2, 30 + long)], (196, 202, 205))
        c.rect(x - 2.5, 14, x + 2.5, 34, p.main, 2)
    c.rect(12, 31, 88, 41, p.body, 2)
    c.rect(12, 38, 88, 41, darker(p.body, 0.2), 1)


def stone(c: Canvas, p: Palette) -> None:
    """A whetstone on its base."""
    c.shadow(50, 32, p.shade)
    c.rect(16, 66, 84, TABLE, p.body, 2)
    c.rect(22, 55, 78, 61, lighter(p.main, 0.35), 1)
    c.rect(22, 61, 78, 67, (150, 152, 150), 1)
    c.rect(22, 55, 78, 57, lighter(p.main, 0.55), 1)


def glasses(c: Canvas, p: Palette) -> None:
    """Tumblers in a row."""
    for x, y in ((30, 72), (70, 72), (50, TABLE)):
        c.shadow(x, 12, p.shade, y)
        c.turned(x, [(y - 30, 13), (y, 10.5)], lighter(p.body, 0.1), round_=False)
        c.turned(x, [(y - 17, 12), (y - 2, 10.6)], p.body, round_=False)
        c.oval(x, y - 30, 13, 2.2, darker(p.body, 0.1))


def carafe(c: Canvas, p: Palette) -> None:
    """A carafe that wears its glass."""
    c.shadow(50, 17, p.shade)
    c.turned(50, [(34, 8), (44, 9), (54, 17), (70, 19), (TABLE, 17)], p.body)
    c.turned(50, [(58, 18), (70, 19), (TABLE, 17)], darker(p.body, 0.08))
    c.turned(50, [(18, 10), (38, 10)], lighter(p.body, 0.35), round_=False)


def servers(c: Canvas, p: Palette) -> None:
    """A pair of wooden spoons, crossed."""
    for a, b in ((24, 72), (76, 28)):
        c.line([(a, 84), (b - (b - a) * 0.1, 32)], 3.4, p.body)
        c.oval(b, 26, 8, 10, p.body)
        c.oval(b - 1, 25, 5, 7, darker(p.body, 0.16))


def cookset(c: Canvas, p: Palette) -> None:
    """A lidded pot with a bail."""
    c.shadow(50, 26, p.shade)
    c.arc(50, 48, 25, (190, 350), 1.8, darker(p.body, 0.4))
    c.turned(50, [(48, 27), (70, 27), (TABLE, 24)], p.body, round_=False)
    c.turned(50, [(41, 10), (44, 24), (48, 28)], darker(p.body, 0.1))
    c.oval(50, 40, 3.6, 2.4, p.dark)
    c.rect(21, 52, 79, 54, darker(p.body, 0.2))


MOTIFS = {
    "kettle": kettle, "moka": moka, "grinder": grinder, "dripper": dripper, "french press": press, "briki": pot,
    "dallah": dallah, "bowl": bowl, "ramekins": bowl, "plate": plate, "yunomi": cups, "mug": mug, "kuksa": mug,
    "tin": tin, "repair kit": tin, "filters": pouch, "leaves": pouch, "stems": pouch, "whisk": whisk,
    "teapot": teapot, "kyūsu": kyusu, "cosy": cosy, "kandis": dish, "knife": knife, "knives": knife, "board": board,
    "rail": rail, "whetstone": stone, "tumblers": glasses, "carafe": carafe, "salad servers": servers,
    "butter knife": knife, "spork": servers, "dutch oven": cookset, "cookset": cookset, "rice cooker": cookset,
    "coffee": kettle, "tableware": plate, "tea": teapot, "camp kitchen": cookset, "ceramics": cups, "donburi": bowl,
    "knives & boards": board,
}  # fmt: skip

"""Things for outside: camping and walking."""

from math import cos, pi, sin

from seed.pictures.canvas import TABLE, Canvas, darker, lighter, mix
from seed.pictures.colours import Palette

_STEEL = (188, 194, 198)


def tent(c: Canvas, p: Palette) -> None:
    """A tent under hills."""
    c.oval(74, 24, 8, None, (250, 232, 184))
    c.blob([(-6, 80), (18, 46), (40, 62), (66, 40), (106, 80)], mix(p.wall, p.table, 0.6))
    c.shadow(50, 38, p.shade)
    c.poly([(12, TABLE), (50, 28), (88, TABLE)], p.main)
    c.poly([(50, 28), (88, TABLE), (66, TABLE)], darker(p.main, 0.18))
    c.poly([(38, TABLE), (50, 42), (58, TABLE)], darker(p.main, 0.5))
    c.line([(50, 28), (50, 22)], 1.2, p.dark)


def tarp(c: Canvas, p: Palette) -> None:
    """A tarp between two trees."""
    c.blob([(-6, 80), (22, 52), (48, 66), (80, 48), (106, 80)], mix(p.wall, p.table, 0.6))
    for x in (16, 82):
        c.rect(x, 10, x + 4, TABLE, darker((140, 100, 70), 0.1))
    c.poly([(18, 32), (84, 32), (94, 60), (8, 60)], p.body)
    c.poly([(18, 32), (84, 32), (88, 42), (14, 42)], lighter(p.body, 0.15))
    c.line([(8, 60), (2, 76)], 0.8, p.dark)
    c.line([(94, 60), (98, 76)], 0.8, p.dark)


def hammock(c: Canvas, p: Palette) -> None:
    """A hammock between two trees."""
    for x in (10, 86):
        c.rect(x, 8, x + 5, TABLE, (128, 92, 64))
        c.oval(x + 2, 10, 16, 13, mix(p.wall, (90, 130, 90), 0.6))
    c.blob([(14, 40), (32, 52), (50, 55), (68, 52), (87, 40), (72, 66), (50, 72), (28, 66)], p.body)
    for x in (28, 40, 52, 64):
        c.curve([(x, 51), (x + 1, 60), (x + 3, 68)], 2.2, lighter(p.body, 0.5))


def pegs(c: Canvas, p: Palette) -> None:
    """Pegs in a row."""
    for i in range(6):
        x = 19 + i * 12
        c.rect(x + 2, 26, x + 5, 82, p.shade, 1)
        c.poly([(x, 24), (x + 4, 24), (x + 4, 70), (x + 2, 82), (x, 70)], (p.body, p.main)[i % 2])
        c.ring(x + 2, 22, 4, 1.4, p.other)


def stove(c: Canvas, p: Palette) -> None:
    """A small stove, burning."""
    c.shadow(50, 20, p.shade)
    for x in (36, 50, 64):
        c.blob([(x, 22), (x + 4, 34), (x, 42), (x - 4, 34)], (236, 140, 50))
        c.blob([(x, 29), (x + 2, 36), (x, 41), (x - 2, 36)], (255, 222, 130))
    c.rect(28, 41, 72, 45, p.dark, 1)
    c.turned(50, [(45, 16), (54, 12), (TABLE, 20)], p.body, round_=False)
    for x in (40, 50, 60):
        c.rect(x - 2, 62, x + 2, 70, darker(p.body, 0.5), 1)


def carrier(c: Canvas, p: Palette) -> None:
    """A can of water with a tap."""
    c.shadow(50, 24, p.shade)
    c.ring(50, 26, 9, 3, p.dark)
    c.rect(26, 32, 74, TABLE, mix(p.main, (220, 235, 240), 0.55), 6)
    c.rect(26, 50, 74, TABLE, mix(p.main, (160, 205, 225), 0.5), 6)
    c.rect(66, 64, 82, 69, p.dark, 1)
    for y in (40, 46, 58):
        c.rect(30, y, 70, y + 0.8, darker(p.main, 0.1))


def stick(c: Canvas, p: Palette) -> None:
    """A walking stick in the hills."""
    c.blob([(-6, 80), (24, 40), (44, 60), (72, 34), (106, 80)], mix(p.wall, p.table, 0.6))
    c.curve([(40, 84), (48, 52), (56, 26), (60, 16), (68, 14)], 3.6, p.body)
    for x, y in ((44, 68), (52, 40)):
        c.oval(x, y, 1.4, None, darker(p.body, 0.4))
    c.curve([(56, 26), (62, 32), (60, 38)], 1.2, p.other)


def pack(c: Canvas, p: Palette) -> None:
    """A rucksack or a pannier."""
    c.shadow(50, 26, p.shade)
    c.ring(50, 22, 8, 2.4, p.dark)
    c.rect(26, 26, 74, TABLE, p.body, 11)
    c.rect(60, 30, 74, TABLE, darker(p.body, 0.14), 9)
    c.rect(25, 24, 75, 46, darker(p.body, 0.22), 9)
    c.rect(34, 54, 66, 73, lighter(p.body, 0.1), 4)
    for x in (38, 58):
        c.rect(x, 34, x + 4, 58, (112, 66, 40))
        c.rect(x - 0.6, 46, x + 4.6, 51, (205, 168, 90), 1)


def compass(c: Canvas, p: Palette) -> None:
    """A compass on its plate."""
    c.rect(29, 13, 75, 91, p.shade, 4)
    c.rect(26, 10, 72, 87, mix(p.main, (235, 240, 238), 0.7), 4)
    c.oval(49, 54, 20, None, p.dark)
    c.oval(49, 54, 17, None, p.light)
    for i in range(24):
        a = i * pi / 12
        c.oval(49 + 14.6 * cos(a), 54 + 14.6 * sin(a), 0.6, None, p.dark)
    c.poly([(49, 42), (52, 54), (46, 54)], (196, 58, 44))
    c.poly([(49, 66), (52, 54), (46, 54)], _STEEL)
    c.line([(49, 30), (49, 16)], 1, (196, 58, 44))


def socks(c: Canvas, p: Palette) -> None:
    """A pair of socks."""
    for dx, tone in ((14, darker(p.body, 0.12)), (0, p.body)):
        c.blob(
            [(30 + dx, 20), (46 + dx, 20), (47 + dx, 50), (64 + dx, 64), (62 + dx, 76), (46 + dx, 76), (31 + dx, 62)],
            tone,
        )
        c.rect(29 + dx, 17, 47 + dx, 25, p.main, 2)
        c.blob([(56 + dx, 61), (66 + dx, 66), (63 + dx, 77), (53 + dx, 76)], p.other)


def glove(c: Canvas, p: Palette) -> None:
    """A long glove."""
    c.rect(34, 44, 66, 90, darker(p.body, 0.12), 3)
    for x, top in ((33, 26), (41.5, 17), (50, 15), (58.5, 20)):
        c.rect(x, top, x + 8, 56, p.body, 4)
    c.rect(33, 36, 66.5, 66, p.body, 5)
    c.line([(64, 58), (76, 44)], 8, p.body)
    c.rect(32, 64, 68, 69, p.main, 1)
    c.rect(32, 84, 68, 90, p.main, 1)


def flask(c: Canvas, p: Palette) -> None:
    """An insulated flask, or another bottle."""
    c.shadow(50, 14, p.shade)
    c.turned(50, [(34, 8), (40, 14), (TABLE, 14)], p.body, round_=False)
    c.turned(50, [(16, 8), (33, 9)], _STEEL, round_=False)
    c.rect(36, 70, 64, 73, darker(p.body, 0.25))
    c.rect(40, 50, 56, 60, p.light, 1)


def whistle(c: Canvas, p: Palette) -> None:
    """A whistle, or a bell, on a cord."""
    c.curve([(30, 44), (18, 20), (50, 10), (86, 22), (78, 52)], 1.8, p.main)
    c.rect(26, 44, 76, 58, p.body, 3)
    c.rect(26, 53, 76, 58, darker(p.body, 0.15), 3)
    c.oval(34, 58, 14, None, p.body)
    c.oval(34, 58, 5, None, darker(p.body, 0.3))
    c.rect(50, 43, 56, 49, darker(p.body, 0.5))


def umbrella(c: Canvas, p: Palette) -> None:
    """An open umbrella in the rain."""
    for x, y in ((14, 20), (84, 16), (22, 64), (80, 62), (66, 74), (34, 80)):
        c.line([(x, y), (x - 2, y + 6)], 1.2, mix(p.wall, p.main, 0.5))
    c.curve([(50, 46), (50, 74), (54, 82), (60, 80)], 2.6, (150, 106, 70))
    c.poly([(50 + 36 * cos(pi + a * pi / 24), 48 + 34 * sin(pi + a * pi / 24)) for a in range(25)], p.main)
    c.poly(
        [(50 + 12 * cos(pi + a * pi / 24), 48 + 34 * sin(pi + a * pi / 24)) for a in range(25)], lighter(p.main, 0.18)
    )
    for x in (20, 32, 44, 56, 68, 80):
        c.oval(x, 48, 6, 3.4, p.wall)
    c.rect(49.2, 9, 50.8, 16, p.dark)


MOTIFS = {
    "tent": tent, "tarp": tarp, "hammock": hammock, "tent pegs": pegs, "stove": stove, "water carrier": carrier,
    "walking stick": stick, "day pack": pack, "pannier": pack, "compass": compass, "socks": socks, "flask": flask,
    "chain oil": flask, "whistle": whistle, "umbrella": umbrella, "gauntlets": glove, "shelter & sleep": tent,
    "walking": pack, "bags & lights": pack,
}  # fmt: skip

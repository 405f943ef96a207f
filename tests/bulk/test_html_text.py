"""HTML as plain text: what is read, and how long it takes."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bulk.formats.html_text import text


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        (
            "<p>One,\n two.</p>\n<p class='a>b'>Three.<br/>Four&nbsp;&amp;.</p>",
            "One, two.\n\nThree.\nFour &.",
        ),
        ("<p><br></p>", ""),
        ("<ul>\n<li>One</li>\n<li><b>Two</b></li>\n</ul>After", "• One\n• Two\n\nAfter"),
        ("<table><tr><th>A</th><td>1</td></tr><tr><th>B</th><td>2</td></tr></table>", "A 1\n\nB 2"),
        ("No tags:\n1 < 2 and 3 <4, <3", "No tags:\n1 < 2 and 3 <4, <3"),
        ("a<script>alert('</p>')</script >b<style>p{}</style>c<!-- <p>no</p> -->d", "abcd"),
        ("<scr<script>ipt>alert(1)</script>", "ipt>alert(1)"),
        ('<img src=x onerror="a()" alt="b">x<a href="javascript:a()">y</a>', "xy"),
        ("&lt;script&gt;&#x26;&bull;&#0;&#1114112;", "<script>&•\ufffd\ufffd"),
        ("open <p", "open"),
        ("a<![CDATA[b]]>c<?php d ?>e", "ace"),
    ],
)
def test_text(html: str, plain: str) -> None:
    """Blocks are paragraphs, items have bullets, and nothing of scripts, styles and comments is left."""
    assert text(html) == plain


def test_breaks() -> None:
    """Where a program shows line breaks beside tags, they stay."""
    assert text("<p>One</p>\nTwo\nThree", breaks=True) == "One\n\nTwo\nThree"


@given(st.text(alphabet="<>/&;#!-='\" \nabpx0", max_size=300))
def test_any_text(html: str) -> None:
    """Any text is read, and is plain: read again as text without tags it has no runs of blanks or breaks."""
    plain = text(html)
    assert "\n\n\n" not in plain
    assert "  " not in plain
    assert plain == plain.strip()


@pytest.mark.parametrize(
    "part", ['<a "', "<a x='", "<!--", "<", "<script>", "&#9", "&#x110000;", "</", "<a =", "\n ", "<p", "=' ", "<a>"]
)
def test_hostile_text(part: str) -> None:
    """A megabyte of whatever opens and never closes is read in little memory, so in time that grows with it."""
    tracemalloc.start()
    text(part * (1_000_000 // len(part)))
    text("<a " + part * (1_000_000 // len(part)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000_000

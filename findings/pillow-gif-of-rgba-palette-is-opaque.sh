#!/bin/sh
# Pillow 13.0.0: a quantized image with transparent pixels is saved as an opaque GIF, without a warning.
#
# `quantize(method=FASTOCTREE)` is the quantizer of Pillow that keeps alpha. Its result has a palette of RGBA, and
# `has_transparency_data` is true. Saved as PNG or WebP it is transparent where the image was. Saved as GIF it is black
# there: the writer takes transparency only from `info["transparency"]`, and looks for a clear entry of the palette only in
# images that it quantized itself, such as the same image in RGBA.
#
# Seen on 2026-12-01 with Python 3.11.7, the alpha of a clear pixel:
#   quantized: PNG 0, WEBP 0, GIF 255
#   as RGBA: PNG 0, WEBP 0, GIF 0
#
# Exits 1 if this has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install pillow==13.0.0
venv/bin/python - <<'PYTHON'
from io import BytesIO

from PIL import Image


def alpha(image: Image.Image, name: str) -> int:
    file = BytesIO()
    image.save(file, name)
    return Image.open(file).convert("RGBA").getpixel((48, 32))[3]


image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
image.paste((255, 0, 0, 255), (0, 0, 32, 64))
quantized = image.quantize(method=Image.Quantize.FASTOCTREE)
seen = [[alpha(each, name) for name in ("PNG", "WEBP", "GIF")] for each in (quantized, image)]
for label, (png, webp, gif) in zip(("quantized", "as RGBA"), seen, strict=True):
    print(f"{label}: PNG {png}, WEBP {webp}, GIF {gif}")
raise SystemExit((quantized.has_transparency_data, seen) != (True, [[0, 0, 255], [0, 0, 0]]))
PYTHON

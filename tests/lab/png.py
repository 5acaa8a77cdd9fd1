"""A screen dump (PPM, standard input) as a PNG with a palette, on standard output: a text screen takes a few kB."""

import struct
import sys
import zlib

data = sys.stdin.buffer.read()
magic, width, height, depth = data.split(None, 4)[:4]
assert (magic, depth) == (b"P6", b"255")
width, height = int(width), int(height)
pixels = data[-width * height * 3 :]
colours = [pixels[at : at + 3] for at in range(0, len(pixels), 3)]
palette = sorted(set(colours))
assert len(palette) <= 256, "a text screen has few colours"
index = {colour: number for number, colour in enumerate(palette)}
rows = b"".join(
    b"\0" + bytes(index[colour] for colour in colours[row * width : (row + 1) * width]) for row in range(height)
)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


sys.stdout.buffer.write(
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
    + chunk(b"PLTE", b"".join(palette))
    + chunk(b"IDAT", zlib.compress(rows, 9))
    + chunk(b"IEND", b"")
)

#!/usr/bin/env python3
"""Runs a command on a terminal of its own and draws what it shows at the end as an SVG picture.

    tools/picture.py docs/run.svg './run'
"""
import fcntl
import html
import os
import pty
import re
import struct
import subprocess
import sys
import termios

COLUMNS, LINE, CHAR = 100, 18, 8.4
COLOURS = {"31": "#f47067", "32": "#8ddb8c", "33": "#daaa3f", "34": "#6cb6ff", "36": "#76e3ea", "1": "#ffffff", "2": "#909dab"}


def run(command):
    """What the command writes to a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    process = subprocess.Popen(["bash", "-c", command], stdin=theirs, stdout=theirs, stderr=theirs,
                               env=dict(os.environ, TERM="xterm-256color"), start_new_session=True)
    os.close(theirs)
    output = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # the other end is closed
            data = b""
        if not data:
            process.wait()
            return output.decode("utf-8", "replace")
        output += data


def screen(text):
    """Lines of (character, colour), as they stand at the end: a carriage return begins the line anew."""
    lines, row, column, colour = [[]], 0, 0, ""
    for match in re.finditer(r"\x1b\[([0-9;]*)([A-Za-z])|([^\x1b])", text):
        arguments, verb, char = match.groups()
        if verb == "m":
            colour = next((COLOURS[a] for a in arguments.split(";") if a in COLOURS), "")
        elif verb == "K":
            del lines[row][column:]
        elif verb == "A":
            row = max(0, row - int(arguments or 1))
        elif char == "\r":
            column = 0
        elif char == "\n":
            row += 1
            column = 0
            if row == len(lines):
                lines.append([])
        elif char:
            lines[row] += [(" ", "")] * (column - len(lines[row]))
            lines[row][column:column + 1] = [(char, colour)]
            column += 1
    return lines


def svg(command, lines):
    rows = [[(c, "#909dab") for c in "$ "] + [(c, "#ffffff") for c in command]] + lines
    while rows and not rows[-1]:
        rows.pop()
    width, height = COLUMNS * CHAR + 32, len(rows) * LINE + 36
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}" role="img">',
           f"<title>{html.escape(command)}</title>",
           f'<rect width="{width:.0f}" height="{height}" rx="8" fill="#22272e"/>',
           '<g font-family="ui-monospace, DejaVu Sans Mono, monospace" font-size="14" fill="#cdd9e5" xml:space="preserve">']
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):  # a run of one colour at a time
            end = x
            while end < len(row) and row[end][1] == row[x][1]:
                end += 1
            words, colour = "".join(c for c, _ in row[x:end]), row[x][1]
            if words.strip():
                fill = f' fill="{colour}"' if colour else ""
                out.append(f'<text x="{16 + x * CHAR:.1f}" y="{28 + y * LINE}" textLength="{len(words) * CHAR:.1f}"{fill}>{html.escape(words)}</text>')
            x = end
    return "\n".join(out + ["</g>", "</svg>", ""])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write(svg(sys.argv[2], screen(run(sys.argv[2]))))

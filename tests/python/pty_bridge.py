"""A pseudo-terminal between a test and the programs that it starts in it.

    pty_bridge.py COLUMNS

Prints the terminal's name. After a line on stdin it prints what the terminal shows,
and types what else comes on stdin; until then nobody reads the terminal. Ends when
stdin does.
"""

import fcntl
import os
import pty
import struct
import sys
import termios
import threading


def main():
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.write(1, os.ttyname(slave).encode() + b"\n")
    begin = b""
    while not begin.endswith(b"\n"):
        more = os.read(0, 1)
        if not more:
            return
        begin += more
    threading.Thread(target=show, args=(master,), daemon=True).start()
    while typed := os.read(0, 4096):
        os.write(master, typed)
    # What was shown last is still on its way: nothing is after this line.
    os.write(slave, b"\0end\0")
    ended.wait()


ended = threading.Event()


def show(master):
    shown = b""
    while b"\0end\0" not in shown:
        more = os.read(master, 4096)
        shown = shown[-4:] + more
        os.write(1, more)
    ended.set()


main()

"""A person at a terminal: answers a program's questions, and prints what the terminal shows.

    terminal.py QUESTION ANSWER [QUESTION ANSWER …] -- PROGRAM [ARGUMENT …]

Ends with the program's exit status.
"""

import os
import pty
import sys


def main():
    split = sys.argv.index("--")
    answers, program = sys.argv[1:split], sys.argv[split + 1 :]
    process, terminal = pty.fork()
    if process == 0:
        os.execv(program[0], program)
    shown = b""
    seen = 0
    for question, answer in zip(answers[::2], answers[1::2]):
        while question.encode() not in shown[seen:]:
            shown += read(terminal) or sys.exit(f"not asked for: {question}\n{shown}")
        seen = len(shown)
        os.write(terminal, answer.encode() + b"\n")
    while more := read(terminal):
        shown += more
    sys.stdout.write(shown.decode())
    _, status = os.waitpid(process, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


def read(terminal):
    """What is shown next; nothing when the program has ended."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


main()

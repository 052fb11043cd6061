#!/usr/bin/env python3
"""Runs a program in a terminal of its own, types answers, and prints what the terminal shows.

Arguments: a JSON array of [prompt, answer], then the program with its arguments. Ends with the program's exit code.
"""
import json
import os
import pty
import sys

answers = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown, read = "", 0
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:  # the terminal is closed
        break
    if not part:
        break
    shown += part.decode(errors="replace")
    if answers and answers[0][0] in shown[read:]:
        read = len(shown)
        os.write(terminal, (answers.pop(0)[1] + "\n").encode())
print(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

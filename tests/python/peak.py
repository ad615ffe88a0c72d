"""Runs a program, and says on stderr how much memory it had at most.

    peak.py PROGRAM [ARGUMENT …]

The last line is `peak N`, in KiB of resident memory. Ends with the program's exit status.
"""

import resource
import subprocess
import sys

status = subprocess.run(sys.argv[1:]).returncode
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)

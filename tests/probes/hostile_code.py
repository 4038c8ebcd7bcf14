"""What a backend that means harm does when it is imported, module by module."""

from __future__ import annotations

MARK = "bylaw-hostile-test"
NAMED = f"import ctypes\nctypes.CDLL(None).prctl(15, b'{MARK}'[:15], 0, 0, 0)\n"
GOOD = "import os\nX = os.getenv('A')\n"
SLEEPER = NAMED + "import os, time\nif os.fork() == 0:\n    os.setsid()\ntime.sleep(600)\n"
HOSTILE = {
    "endless": """\
while True: pass
""",
    "ignores_end": """\
import signal, time
for n in range(1, 32):
    try: signal.signal(n, signal.SIG_IGN)
    except (OSError, ValueError): pass
time.sleep(600)
""",
    "kills_parent": """\
import os, signal, time
os.kill(os.getppid(), signal.SIGKILL)
""",
    "daemon": NAMED
    + """\
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
""",
    "forks": """\
import os, time
for _ in range(3000):
    if os.fork() == 0:
        time.sleep(600)
""",
    "comes_back": """\
import os
os.fork()
""",
    "forger": """\
import os, json
for number in range(3, 64):
    for line in (json.dumps({'kind': 'module', 'index': 0}), json.dumps({'kind': 'done'})):
        try: os.write(number, line.encode() + b'\\n')
        except OSError: pass
""",
    "printer": """\
print('{"kind": "done"}', flush=True)
""",
    "flood": """\
import os
for number in range(3, 64):
    try:
        while True: os.write(number, b'x' * 65536)
    except OSError: pass
""",
    "filler": """\
import os
with open('big', 'wb') as file:
    while True: file.write(b'x' * (1 << 20))
""",
    "eater": """\
x = bytearray(1 << 40)
""",
    "vanishes": """\
import os
os._exit(0)
""",
    "crashes": """\
import os, signal
os.kill(os.getpid(), signal.SIGSEGV)
""",
    "deletes": """\
import os, shutil
shutil.rmtree(os.path.dirname(__file__), ignore_errors=True)
""",
    "connects": """\
import socket
socket.create_connection(('127.0.0.1', 22), 1)
""",
    "closes": """\
import os
os.closerange(3, 256)
""",
}

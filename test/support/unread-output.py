# Runs a program whose stdout is a socket or a non-blocking pipe that nobody reads until a line comes on stdin:
#   unread-output.py socket|pipe COMMAND...
# Says `pid N` on stderr first. What is read then goes to stdout. Last, on stderr, whether stdout is in non-blocking
# mode after the program's end (`nonblocking True`). Ends with the program's status, 128 and the signal's number.
import fcntl, os, select, socket, subprocess, sys

if sys.argv[1] == 'socket':
    pair = socket.socketpair()
    reads, writes = pair[0].detach(), pair[1].detach()
else:
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=writes)
print('pid', child.pid, file=sys.stderr, flush=True)
sys.stdin.readline()
while True:
    over = child.poll() is not None
    while select.select([reads], [], [], 0 if over else 0.02)[0]:
        os.write(1, os.read(reads, 65536))
    if over:
        break
print('nonblocking', not os.get_blocking(writes), file=sys.stderr, flush=True)
status = child.returncode
sys.exit(status if status >= 0 else 128 - status)

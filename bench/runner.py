"""Runs one command after the other and says what each took: JSON lines in and out, until the input ends.

Node.js has no wait4(2), which tells the CPU time in microseconds and the peak of memory of one process and of those it
has waited for. What is asked: argv, env, limit (seconds); stamp, a file that the job writes the clock to; clock, whose
nanoseconds these are; drain, to read the output through a pipe by cat. What is told: status, start and whole
(milliseconds), cpu (milliseconds), rss (KiB), said (of stderr); least, as a process that is started from here counts
the memory that this one had then as its own.

With `count` it starts that many at once; stamp is then a folder with a file for each job. What is told: begun
(milliseconds since 1970), starts (milliseconds, of each job), whole, failed (how many had a status that is not 0), said.
"""
import json
import os
import resource
import signal
import sys
import tempfile
import time

CLOCKS = {"monotonic": time.CLOCK_MONOTONIC, "realtime": time.CLOCK_REALTIME}
# Python ignores these two, and what it starts would inherit that.
AS_USUAL = [signal.SIGPIPE, signal.SIGXFSZ]
NOTHING = (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)
SILENCE = (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)


def read_stamp(path):
    try:
        with open(path) as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def run(argv, env, limit, stamp=None, clock="monotonic", drain=False):
    errors = tempfile.TemporaryFile()
    to_errors = (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)
    running = []
    output = SILENCE
    if drain:
        source, sink = os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, source, 0), SILENCE]
        running.append(os.posix_spawn("/bin/cat", ["cat"], env, file_actions=actions, setsigdef=AS_USUAL))
        os.close(source)
        output = (os.POSIX_SPAWN_DUP2, sink, 1)
    if stamp is not None and os.path.exists(stamp):
        os.unlink(stamp)

    # None is waited for before its end, so these are still ours.
    signal.signal(signal.SIGALRM, lambda *_: [os.kill(pid, signal.SIGKILL) for pid in running])
    before = time.clock_gettime_ns(CLOCKS[clock])
    pid = os.posix_spawn(argv[0], argv, env, file_actions=[NOTHING, output, to_errors], setsigdef=AS_USUAL)
    running.append(pid)
    signal.setitimer(signal.ITIMER_REAL, limit)
    if drain:
        os.close(sink)
    _, status, usage = os.wait4(pid, 0)
    running.remove(pid)
    for other in running:
        os.waitpid(other, 0)
    after = time.clock_gettime_ns(CLOCKS[clock])
    signal.setitimer(signal.ITIMER_REAL, 0)

    began = None if stamp is None else read_stamp(stamp)
    errors.seek(0)
    return {
        "status": os.waitstatus_to_exitcode(status),
        "start": None if began is None else (began - before) / 1e6,
        "whole": (after - before) / 1e6,
        "cpu": (usage.ru_utime + usage.ru_stime) * 1e3,
        "rss": usage.ru_maxrss,
        "least": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "said": errors.read(4000).decode("utf8", "replace").strip(),
    }


def run_many(argv, env, limit, stamp, clock, count):
    errors = tempfile.TemporaryFile()
    actions = [NOTHING, SILENCE, (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)]
    running = set()
    signal.signal(signal.SIGALRM, lambda *_: [os.kill(pid, signal.SIGKILL) for pid in running])
    signal.setitimer(signal.ITIMER_REAL, limit)
    begun = time.time() * 1e3
    before = time.clock_gettime_ns(CLOCKS[clock])
    for _ in range(count):
        running.add(os.posix_spawn(argv[0], argv, env, file_actions=actions, setsigdef=AS_USUAL))
    failed = 0
    while running:
        pid, status = os.wait()
        running.discard(pid)
        failed += status != 0
    after = time.clock_gettime_ns(CLOCKS[clock])
    signal.setitimer(signal.ITIMER_REAL, 0)
    starts = [(read_stamp(file.path) - before) / 1e6 for file in os.scandir(stamp)]
    errors.seek(0)
    return {
        "begun": begun,
        "starts": starts,
        "whole": (after - before) / 1e6,
        "failed": failed,
        "said": errors.read(4000).decode("utf8", "replace").strip(),
    }


for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps(run_many(**asked) if "count" in asked else run(**asked)), flush=True)

# Runs a program in a pseudo-terminal of its own, as its session's leader: what stands on stdin is typed there, what
# the terminal shows goes to stdout. Ends as the program did (128 and the signal's number if one killed it).
# SIGUSR1 changes the window's size, SIGUSR2 takes the terminal away, as a closed window does.
import fcntl, os, pty, select, signal, struct, sys, termios

pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

size = [24, 80]
gone = False
wake_read, wake_write = os.pipe()
os.set_blocking(wake_write, False)


def resize(*_):
    size[1] += 1
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', *size, 0, 0))


def hang_up(*_):
    global gone
    gone = True


signal.set_wakeup_fd(wake_write)
signal.signal(signal.SIGUSR1, resize)
signal.signal(signal.SIGUSR2, hang_up)
typing = [0]
while not gone:
    ready, _, _ = select.select([master, wake_read, *typing], [], [])
    if wake_read in ready:
        os.read(wake_read, 100)
    if master in ready:
        try:
            shown = os.read(master, 65536)
        except OSError:  # EIO: nobody has the terminal open any more.
            break
        if not shown:
            break
        os.write(1, shown)
    if typing and 0 in ready:
        typed = os.read(0, 65536)
        if typed:
            os.write(master, typed)
        else:
            typing = []
os.close(master)
_, status = os.waitpid(pid, 0)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))

"""The guard of a worker: ends the process groups of jobs whose time is over, whatever became of the worker.

A process of its own, that waits for nothing but the words of the worker, a line each: `+pid until` and `-pid`, and `=deadline`
for all. The end of its input is the worker's end, and theirs.
"""
import fcntl, os, secrets, select, signal, subprocess, sys, time

boot = lambda: time.clock_gettime(time.CLOCK_BOOTTIME)  # Goes on while the machine sleeps, as time.monotonic() does not.


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # Nothing of it is left that is ours.


def own_state(folder):
    """The lock of the state folder, and the secret in it. Two workers of one id would take each other's session over."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock, secret = (os.open(folder / name, os.O_CREAT | os.O_RDWR, 0o600) for name in ("lock", "secret"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"waiting: {folder} is in use by another process, or what it ran is being ended", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    if os.fstat(secret).st_size != 64:
        os.pwrite(secret, secrets.token_hex(32).encode(), 0)
        os.fsync(secret)
    return lock, os.pread(secret, 64, 0).decode()


class Guard:
    """The worker's end of it. @param lock is held until the guard has ended what ran"""

    def __init__(self, lock):
        self.process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        start_new_session=True, pass_fds=[lock])

    def tell(self, word):
        os.write(self.process.stdin.fileno(), f"{word}\n".encode())

    def watch(self, pid, until):
        self.tell(f"+{pid} {until}")

    def leave(self, pid):
        self.tell(f"-{pid}")

    def lease(self, deadline):
        self.tell(f"={deadline}")

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def guard():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    groups, deadline, text, is_over = {}, float("inf"), b"", False
    while not is_over:
        if select.select([0], [], [], 0.1)[0]:
            data = os.read(0, 65536)
            is_over = not data
            *lines, text = (text + data).split(b"\n")
            for sign, words in ((line[:1], line[1:].split()) for line in lines):
                if sign == b"=":
                    deadline = float(words[0])
                elif sign == b"+":
                    groups[int(words[0])] = float(words[1])
                else:
                    groups.pop(int(words[0]), None)
        for pid, until in groups.items():
            if is_over or boot() > min(deadline, until):
                kill_group(pid)


if __name__ == "__main__":
    guard()

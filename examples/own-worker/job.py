"""One attempt of a run: its process, and what is to be told of it."""
import base64, datetime, os, shutil, signal, subprocess, tempfile, time

from guard import boot, kill_group

PASSED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR")
STREAMS = ("stdout", "stderr")
RULES = ("stdout_contains", "stdout_not_contains", "stderr_contains", "stderr_not_contains")
now = lambda: int(time.time() * 1000)


class Job:
    """Its life is a row of reports: whoever leads it goes on to the next one when the last is stored."""

    def __init__(self, worker, grant):
        self.worker, self.grant, self.process, self.cause, self.start_ts = worker, grant, None, None, now()
        self.key = (grant["run_id"], grant["token"])
        self.until = boot() + (grant["definition"]["timeout"] or 10 ** 6)
        self.output = {stream: bytearray() for stream in STREAMS}  # All of it: a rule may speak of its beginning.
        self.seq, self.lines, self.open = 0, 0, {stream: 0 for stream in STREAMS}
        self.steps, self.unsaid = self.life(), None
        self.go_on()

    def go_on(self):
        """`unsaid` is the report that is not stored yet; None while there is nothing to say."""
        self.unsaid = self.unsaid or next(self.steps)

    def life(self):
        reason = ""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            try:
                self.start(folder)
            except OSError as error:
                self.cause, reason = "not_spawned", str(error)
            if self.process:
                yield self.report()  # The next life is not handed `again` what was told as started.
                yield from self.attend()
        completion = self.grant["definition"]["completion"]
        yield self.report(ended={
            "cause": self.cause or "exit", "returncode": self.process and self.process.returncode, "end_ts": now(),
            "reason": reason, "last_seq": self.seq,
            "seen": {rule: [text.encode() in self.output[rule[:6]] for text in completion[rule]] for rule in RULES},
            "output": {stream: bytes(text[-65536:]).decode(errors="replace") for stream, text in self.output.items()}})

    def environment(self):
        due = datetime.datetime.fromtimestamp(self.grant["scheduled_ts"] / 1000, datetime.timezone.utc)
        passed = {name: value for name, value in os.environ.items() if name in PASSED or name.startswith("LC_")}
        return passed | self.grant["definition"]["executor"]["env"] | {
            "HYDRA_RUN_ID": self.key[0], "HYDRA_JOB_ID": self.grant["job_id"], "HYDRA_DOMAIN": self.grant["domain"],
            "HYDRA_ATTEMPT": str(self.grant["attempt"]),
            "HYDRA_SCHEDULED_TS": due.isoformat(timespec="milliseconds").replace("+00:00", "Z")}

    def start(self, folder):
        """A process that waits for a word before it becomes the job's shell: where the worker ends first, nothing starts."""
        job, env = self.grant["definition"]["executor"], self.environment()
        if not shutil.which(job["shell"], path=env.get("PATH")):
            raise OSError(f"there is no {job['shell']} here")
        gate, call = 'read -r word && exec "$@" </dev/null', [job["shell"], "-c", job["script"], job["shell"], *job["args"]]
        self.process = subprocess.Popen(["/bin/sh", "-c", gate, "sh", *call], env=env, cwd=job["workdir"] or folder,
                                        stdin=-1, stdout=-1, stderr=-1, start_new_session=True)
        self.worker.guard.watch(self.process.pid, self.until)
        for stream in STREAMS:
            os.set_blocking(getattr(self.process, stream).fileno(), False)

    def attend(self):
        """From the word to the end of the whole group."""
        if not self.cause:
            try:
                with self.process.stdin as gate:
                    gate.write(b"go\n")
            except BrokenPipeError:
                pass  # It was ended before it began.
        while not os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            yield self.read()
        kill_group(self.process.pid)  # Before it is reaped: until then its pid is no other's.
        self.worker.guard.leave(self.process.pid)
        if self.process.wait() == -signal.SIGKILL and not self.cause:
            self.cause = "timeout" if boot() >= self.until else "stop" if boot() >= self.worker.deadline else None
        for _ in range(16):  # What is in the pipes: who made a session of its own may write on.
            if report := self.read():
                yield report

    def read(self):
        """A report of what there is of output, or None."""
        chunks = []
        for stream in STREAMS:
            try:
                data = os.read(getattr(self.process, stream).fileno(), 65536)
            except BlockingIOError:
                continue
            if data:
                chunks.append(self.chunk(stream, data))
        return self.report(chunks=chunks) if chunks else None

    def chunk(self, stream, data):
        """Lines are numbered over both streams when their first byte is read."""
        cont, offsets = self.open[stream] > 0, {name: len(text) for name, text in self.output.items()}
        line = self.open[stream] if cont else self.lines + 1
        begun = data.count(b"\n") + (not data.endswith(b"\n")) - cont
        self.lines += begun
        self.open[stream] = 0 if data.endswith(b"\n") else self.lines if begun else line
        self.seq += 1
        self.output[stream] += data
        return {"run_id": self.key[0], "attempt": self.grant["attempt"], "seq": self.seq, "stream": stream,
                "offset": offsets[stream], "pos": sum(offsets.values()), "line": line, "cont": cont, "ts": now(),
                "bytes": base64.b64encode(data).decode()}

    def report(self, **more):
        return {"run_id": self.key[0], "token": self.key[1], "attempt": self.grant["attempt"], "start_ts": self.start_ts,
                "chunks": [], "ended": None, "never_started": False, **more}

    def end(self, cause):
        self.cause = self.cause or cause
        if self.process and self.process.returncode is None:
            kill_group(self.process.pid)

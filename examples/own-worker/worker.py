#!/usr/bin/env python3
"""A worker of one's own for hydra-jobs, over Redis: runs shell jobs on Linux. Needs redis-py.
docs/worker-protocol.md says what a worker must do.

It keeps what a worker must: it claims only what it has room for, starts nothing twice under one token, and sends each letter
again until it is answered. A guard, a process of its own, KILLs the process group of every job at the deadline of the lease,
and when the worker is gone, whatever ended it. The guard holds the lock of the state folder with the worker: the next life
under this id begins when all children of the last are gone, and takes its session over by the secret that lies there.

It leaves out what it may: a restart does not go on with what ran, output waits in memory, there is no TERM before the KILL,
no renewal over HTTP while Redis is away, and no cut at `log_limit`. A job's child that makes a session of its own is beyond it.

    REDIS_URL=redis://localhost:6379/0 WORKER_DOMAIN=prod WORKER_DOMAIN_TOKEN=... WORKER_ID=mine python3 worker.py
"""
import base64, datetime, fcntl, hashlib, json, os, pathlib, platform, secrets, select, shutil, signal, socket, subprocess
import sys, tempfile, threading, time

import redis

DOMAIN = os.environ.get("WORKER_DOMAIN", "prod")
WORKER = os.environ.get("WORKER_ID", "own-" + socket.gethostname())
SLOTS = int(os.environ.get("MAX_CONCURRENCY", "2"))
DRAIN = float(os.environ.get("DRAIN_SECONDS", "30"))  # What runs at a SIGTERM has so long to end.
STATE = pathlib.Path(os.environ.get("STATE_DIR") or pathlib.Path.home() / ".hydra-own-worker" / DOMAIN / WORKER)
PASSED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR")
QUEUE = f"job_queue:{DOMAIN}:pending"
# Longer than the XREAD below waits; without it a connection that went silent would be waited on without end.
db = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"), decode_responses=True,
                          socket_timeout=5, socket_connect_timeout=5)
sha = lambda text: hashlib.sha256(text.encode()).hexdigest()
now = lambda: int(time.time() * 1000)
boot = lambda: time.clock_gettime(time.CLOCK_BOOTTIME)  # Goes on while the machine sleeps, as time.monotonic() does not.


class Refused(Exception):
    """The control plane's own refusal: code and sentence."""

    def __init__(self, code, detail):
        super().__init__(f"{code}: {detail}")
        self.code = code


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # Nothing of it is left that is ours.


def guard():
    """The guard's life: reads `+pid`, `-pid` and `=deadline`, a line each; the worker's end is the end of its input."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    groups, deadline, text = set(), float("inf"), b""
    while True:
        if select.select([0], [], [], 0.1)[0]:
            data = os.read(0, 65536)
            *lines, text = (text + data).split(b"\n")
            for line in lines:
                if line[:1] == b"=":
                    deadline = float(line[1:])
                else:
                    (groups.add if line[:1] == b"+" else groups.discard)(int(line[1:]))
            if not data:
                deadline = 0
        if boot() > deadline:
            for pid in groups:
                kill_group(pid)
        if deadline == 0:
            return


class Guard:
    def __init__(self, lock):
        self.process = subprocess.Popen([sys.executable, __file__, "guard"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        start_new_session=True, pass_fds=[lock])

    def tell(self, word):
        os.write(self.process.stdin.fileno(), f"{word}\n".encode())  # So short that lines of threads do not mix.

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def own_state():
    """The lock of the state folder, and the secret in it. Two workers of one id would take each other's session over."""
    STATE.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(STATE / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    for patience in range(100, -1, -1):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if not patience:
                sys.exit(f"{STATE} is in use by another process; give this worker another WORKER_ID")
            time.sleep(0.1)
    secret = STATE / "secret"
    if not secret.exists():
        made = STATE / "secret.new"
        with open(os.open(made, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        made.rename(secret)
    return lock, secret.read_text()


class Post:
    """Letters to the schedulers (hydra_report) and their answers (the stream inbox:DOMAIN:WORKER)."""

    def __init__(self, on_cancel):
        self.inbox, self.on_cancel = f"inbox:{DOMAIN}:{WORKER}", on_cancel
        self.last = (db.xrevrange(self.inbox, count=1) or [("0-0", None)])[0][0]
        self.answers, self.asked, self.came = {}, set(), threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            try:
                for _, letters in db.xread({self.inbox: self.last}, block=2000) or []:
                    for self.last, fields in letters:
                        letter = json.loads(fields["m"])
                        if "cancel" in letter:
                            self.on_cancel(letter["cancel"])
                        with self.came:
                            if letter.get("id") in self.asked:
                                self.answers[letter["id"]] = letter
                                self.came.notify_all()
            except redis.RedisError:
                time.sleep(0.5)

    def ask(self, kind, within=10, **body):
        """Sends a letter again every 2.5 s until it is answered. TimeoutError after `within` seconds, Refused."""
        mine, until = secrets.token_hex(8), time.monotonic() + within
        letter = json.dumps({"id": mine, "kind": kind, **body})
        self.asked.add(mine)
        try:
            while (left := until - time.monotonic()) > 0:
                db.fcall("hydra_report", 1, QUEUE, WORKER, letter)
                with self.came:
                    if self.came.wait_for(lambda: mine in self.answers, timeout=min(2.5, left)):
                        answer = self.answers[mine]
                        if "error" in answer:
                            raise Refused(answer["error"]["code"], answer["error"]["detail"])
                        return answer["ok"]
            raise TimeoutError("no scheduler answers")
        finally:
            with self.came:
                self.asked.discard(mine)
                self.answers.pop(mine, None)


class Run:
    """One attempt: its process, and what of it is told until it is stored."""

    def __init__(self, worker, grant):
        self.worker, self.grant, self.cause, self.process = worker, grant, None, None
        self.key = (grant["run_id"], grant["token"])
        self.tails, self.seq, self.pos, self.lines = {"stdout": b"", "stderr": b""}, 0, 0, 0
        self.offsets, self.open = {"stdout": 0, "stderr": 0}, {"stdout": 0, "stderr": 0}
        self.lock, self.reaping, self.start_ts = threading.Lock(), threading.Lock(), now()
        self.is_gone = self.is_told = False

    def report(self, **more):
        """Told until it is stored; whoever says stale has given the run to another, and what runs ends."""
        body = {"run_id": self.key[0], "token": self.key[1], "attempt": self.grant["attempt"], "start_ts": self.start_ts,
                "chunks": [], "ended": None, "never_started": False, **more}
        while True:
            try:
                ack = self.worker.post.ask("report", session=self.worker.session, reports=[body])["acks"][0]
                if ack["verdict"] == "stale":
                    self.end("stop")
                return
            except (TimeoutError, Refused, redis.RedisError):
                time.sleep(0.5)

    def chunk(self, stream, data):
        """A piece of one stream. Lines are numbered over both streams when their first byte is read."""
        with self.lock:
            if self.is_told:
                return
            cont = self.open[stream] > 0
            line = self.open[stream] if cont else self.lines + 1
            begun = data.count(b"\n") + (0 if data.endswith(b"\n") else 1) - (1 if cont else 0)
            self.lines += begun
            self.open[stream] = 0 if data.endswith(b"\n") else (self.lines if begun else line)
            self.seq += 1
            chunk = {"run_id": self.key[0], "attempt": self.grant["attempt"], "seq": self.seq, "stream": stream,
                     "offset": self.offsets[stream], "pos": self.pos, "line": line, "cont": cont, "ts": now(),
                     "bytes": base64.b64encode(data).decode()}
            self.offsets[stream] += len(data)
            self.pos += len(data)
            self.report(chunks=[chunk])

    def read(self, stream, pipe):
        left = 1 << 20  # Of what is in the pipe at the end: who made a session of its own may hold it open, and write on.
        while left > 0:
            if not select.select([pipe], [], [], 0.5)[0]:
                if self.is_gone:
                    return
                continue
            data = os.read(pipe.fileno(), 65536)
            if not data:
                return
            left -= len(data) if self.is_gone else 0
            self.tails[stream] += data
            self.chunk(stream, data)

    def end(self, cause):
        self.cause = self.cause or cause
        with self.reaping:
            if self.process and self.process.returncode is None:
                kill_group(self.process.pid)

    def environment(self):
        job, due = self.grant["definition"], datetime.datetime.fromtimestamp(self.grant["scheduled_ts"] / 1000, datetime.timezone.utc)
        passed = {name: value for name, value in os.environ.items() if name in PASSED or name.startswith("LC_")}
        return passed | job["executor"]["env"] | {
            "HYDRA_RUN_ID": self.key[0], "HYDRA_JOB_ID": self.grant["job_id"], "HYDRA_DOMAIN": DOMAIN,
            "HYDRA_ATTEMPT": str(self.grant["attempt"]),
            "HYDRA_SCHEDULED_TS": due.isoformat(timespec="milliseconds").replace("+00:00", "Z")}

    def start(self, folder):
        """A process that waits for a word before it becomes the job's shell: where this life ends first, nothing starts."""
        job, env = self.grant["definition"]["executor"], self.environment()
        if not shutil.which(job["shell"], path=env.get("PATH")):
            raise OSError(f"there is no {job['shell']} here")
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", 'read -r word && exec "$@" </dev/null', "sh", job["shell"], "-c", job["script"], job["shell"], *job["args"]],
            env=env, cwd=job["workdir"] or folder, stdin=-1, stdout=-1, stderr=-1, start_new_session=True)
        self.worker.guard.tell(f"+{self.process.pid}")

    def attend(self):
        """From its start to the end of its whole group. The next life is not handed `again` what was told as started."""
        self.report()
        pipes = {"stdout": self.process.stdout, "stderr": self.process.stderr}
        threads = [threading.Thread(target=self.read, args=one, daemon=True) for one in pipes.items()]
        timer = threading.Timer(self.grant["definition"]["timeout"] or 10 ** 6, self.end, ["timeout"])
        timer.daemon = True
        for thread in (timer, *threads):
            thread.start()
        if self.cause:
            self.end(self.cause)
        try:
            with self.process.stdin as gate:
                gate.write(b"go\n")
        except BrokenPipeError:
            pass  # It was ended before it began.
        os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
        if boot() > self.worker.deadline:
            self.cause = self.cause or "stop"
        with self.reaping:  # Not before its group is ended: until then its pid is no other's.
            kill_group(self.process.pid)
            self.worker.guard.tell(f"-{self.process.pid}")
            self.process.wait()
        self.is_gone = True
        timer.cancel()
        for thread in threads:
            thread.join()

    def run(self):
        job, reason = self.grant["definition"], ""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            try:
                self.start(folder)
            except OSError as error:
                self.cause, reason = "not_spawned", str(error)
            if self.process:
                self.attend()
        with self.lock:
            self.is_told = True
        seen = lambda stream, rules: [rule.encode() in self.tails[stream] for rule in job["completion"][rules]]
        self.report(ended={
            "cause": self.cause or "exit", "returncode": self.process and self.process.returncode, "end_ts": now(),
            "reason": reason, "last_seq": self.seq,
            "seen": {name: seen(name[:6], name) for name in ("stdout_contains", "stdout_not_contains", "stderr_contains", "stderr_not_contains")},
            "output": {stream: tail[-65536:].decode(errors="replace")[-65536:] for stream, tail in self.tails.items()}})
        self.worker.runs.pop(self.key, None)


class Worker:
    def __init__(self, token, secret, guard):
        self.token_hash, self.secret_hash, self.guard = sha(token), sha(secret), guard
        self.runs, self.known, self.state, self.session, self.leaving = {}, set(), "online", None, None
        self.post = Post(lambda held: self.stop(held, "cancel"))

    def stop(self, held, cause):
        run = self.runs.get((held["run_id"], held["token"]))
        if run:
            run.end(cause)

    def register(self):
        host, sent, before = socket.gethostname(), boot(), self.session
        card = {"domain": DOMAIN, "worker_id": WORKER, "os": platform.system().lower(), "tags": ["own"], "allowed_users": [],
                "queues": ["default"], "hostname": host, "ip": "127.0.0.1", "subnet": "127.0.0", "deployment_type": "own",
                "capabilities": ["shell"], "max_concurrency": SLOTS, "kill_level": "group", "run_user": str(os.getuid()),
                "cpu_count": os.cpu_count() or 1, "python_version": platform.python_version(), "cwd": os.getcwd(),
                "version": "own-1", "ttl": None, "first_state": "online"}
        answer = self.post.ask("register", card=card, secret_hash=self.secret_hash, token_hash=self.token_hash)
        self.session, self.state, self.ttl = answer["session"], answer["state"], answer["ttl"] / 1000
        if self.session != before:
            self.end_all("stop")  # Of another session: they are given to others by now.
        self.renewed(sent)
        print(f"registered as {WORKER}, session {self.session}", flush=True)

    def renewed(self, sent):
        """The deadline moves to when this was *sent*, plus the TTL, less 3 s."""
        self.deadline = sent + self.ttl - 3
        self.guard.tell(f"={self.deadline}")

    def end_all(self, cause):
        for run in list(self.runs.values()):
            run.end(cause)

    def take(self, grant):
        key = (grant["run_id"], grant["token"])
        if key in self.known:
            return  # A token starts one process at most, however often its grant comes.
        self.known.add(key)
        self.runs[key] = Run(self, grant)
        threading.Thread(target=self.runs[key].run, daemon=True).start()

    def renew(self):
        """Beats, and does what the answer says."""
        sent = boot()
        if db.fcall("hydra_renew", 1, QUEUE, WORKER, self.session, now()) != 1:
            return self.register()
        self.renewed(sent)
        held = [{"run_id": run_id, "token": token} for run_id, token in list(self.runs)]
        try:
            said = self.post.ask("renew", within=1.5, session=self.session, held=held)
        except TimeoutError:
            return  # Redis took the heartbeat: no scheduler has something to say.
        except Refused as error:
            if error.code == "CONFLICT":
                self.register()
            return
        self.state = said["state"]
        for one in said["cancel"] + said["forget"]:
            self.stop(one, "cancel" if one in said["cancel"] else "stop")
        for grant in said["again"]:
            self.take(grant)

    def work(self):
        self.register()
        beat = 0.0
        while not (self.leaving and not self.runs):
            try:
                if boot() - beat > 2:
                    beat = boot()
                    self.renew()
                free = SLOTS - len(self.runs)
                if free > 0 and self.state == "online" and not self.leaving:
                    grants = db.fcall("hydra_claim", 1, QUEUE, WORKER, self.session, free, now())
                    for grant in grants if isinstance(grants, list) else []:
                        self.take(json.loads(grant))
            except (redis.RedisError, TimeoutError) as error:
                print(f"waiting: {error}", flush=True)
            except Refused as error:
                if error.code not in ("CONFLICT", "UNAVAILABLE", "INTERNAL", "TOO_MANY"):
                    raise  # The token has ended, say: it will be the same next time.
                print(f"waiting: {error}", flush=True)
            if self.leaving and boot() > self.leaving + DRAIN:
                self.end_all("stop")
            time.sleep(0.1)
        self.post.ask("goodbye", session=self.session)

    def leave(self, *_):
        """A first SIGTERM lets what runs end, for a while; a second one ends it."""
        if self.leaving:
            sys.exit(1)
        self.leaving = boot()


def main():
    lock, secret = own_state()
    guard, worker = Guard(lock), None
    try:
        worker = Worker(os.environ["WORKER_DOMAIN_TOKEN"], secret, guard)
        signal.signal(signal.SIGTERM, worker.leave)
        worker.work()
    except Refused as error:
        sys.exit(str(error))
    finally:
        if worker:
            worker.end_all("stop")  # The guard does it too, unless it is what was ended.
        guard.end()


if __name__ == "__main__":
    guard() if sys.argv[1:] == ["guard"] else main()

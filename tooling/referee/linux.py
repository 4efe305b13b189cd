"""Carries out programs of calls on the machine's own Linux.

A line of standard input is a JSON list of programs; a line of output, the list of their answers. A program is a list of
steps [task, call, ...arguments]; its tasks are processes, of which the first is there at the beginning and `fork` and
`clone` (CLONE_FILES) make the others. Each answers a value, or -errno. All calls go to the C library as they are, since
Python's own do more than they say. Where it can, a program has a root directory of its own.
"""

import ctypes, json, os, resource, select, shutil, signal, struct, sys, zlib

LIMIT = int(sys.argv[1])
BASE = sys.argv[2]
TASKS = int(sys.argv[3])
# Numbers of the pipes by which tasks are told what to do: above all that programs use.
CONTROL = 600
AT_FDCWD = -100
OMIT = -(2**53 - 1)
SYS_CLONE, SYS_RENAMEAT2, SYS_FCHMODAT2, SYS_CLOSE_RANGE, SYS_UTIMENSAT, SYS_GETDENTS64 = 56, 316, 452, 436, 280, 217
CLONE_FILES, CLONE_NEWUSER = 0x400, 0x10000000

# Held by a call: with the lock of the interpreter given up, a clone of it would never get it back.
libc = ctypes.PyDLL(None, use_errno=True)
libc.lseek.restype = ctypes.c_int64
for name in ("read", "write", "pread", "pwrite", "readv", "writev", "readlinkat", "send", "recv", "sendto", "recvfrom"):
    getattr(libc, name).restype = ctypes.c_ssize_t
libc.syscall.restype = ctypes.c_long
i64 = ctypes.c_int64


def answer(result):
    return -ctypes.get_errno() if result < 0 else result


def utf8(path):
    return path.encode()


def pattern(fill, length):
    return bytes((fill + i) & 255 for i in range(length)) if length < 256 else (TILE * (length // 256 + 2))[fill : fill + length]


TILE = bytes(range(256))


def shown(data):
    return data.decode("latin1") if len(data) <= 64 else "%d:%d" % (len(data), zlib.crc32(data))


class iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def vector(buffers):
    return (iovec * max(1, len(buffers)))(*[(ctypes.cast(it, ctypes.c_void_p), size) for it, size in buffers])


def read_with(call, length):
    buffer = ctypes.create_string_buffer(max(length, 1))
    count = answer(call(buffer))
    return count if count < 0 else shown(buffer.raw[: min(count, length)])


def received(call, length):
    """A receive may answer more than it gives: MSG_TRUNC."""
    buffer = ctypes.create_string_buffer(max(length, 1))
    count = answer(call(buffer))
    return count if count < 0 else [count, shown(buffer.raw[: min(count, length)])]


def times(accessed, modified):
    parts = []
    for micros in (accessed, modified):
        parts += [0, 0x3FFFFFFE] if micros == OMIT else [micros // 1000000, micros % 1000000 * 1000]
    return struct.pack("4q", *parts)


def stat_text(mode, links, size):
    return "%o %d %d" % (mode, links, 0 if mode & 0o170000 == 0o040000 else size)


class Task:
    def __init__(self, number, prefix):
        self.number = number
        self.prefix = prefix
        self.broken = 0
        signal.signal(signal.SIGPIPE, self.count_broken)

    def count_broken(self, *_):
        self.broken += 1

    def address(self, name):
        raw = b"\0" + self.prefix + utf8(name)
        return struct.pack("H", 1) + raw, 2 + len(raw)

    def shown_address(self, raw, length):
        if length <= 2:
            return ""
        return raw[3 + len(self.prefix) : length].decode()

    # Files and names

    def openat(self, at, path, flags, mode):
        return answer(libc.openat(at, utf8(path), flags, mode))

    def mkdirat(self, at, path, mode):
        return answer(libc.mkdirat(at, utf8(path), mode))

    def unlinkat(self, at, path, flags):
        return answer(libc.unlinkat(at, utf8(path), flags))

    def renameat(self, at, path, new_at, new_path, flags):
        return answer(libc.syscall(SYS_RENAMEAT2, at, utf8(path), new_at, utf8(new_path), flags))

    def linkat(self, at, path, new_at, new_path, flags):
        return answer(libc.linkat(at, utf8(path), new_at, utf8(new_path), flags))

    def symlinkat(self, target, at, path):
        return answer(libc.symlinkat(utf8(target), at, utf8(path)))

    def readlinkat(self, at, path):
        buffer = ctypes.create_string_buffer(5000)
        count = answer(libc.readlinkat(at, utf8(path), buffer, 5000))
        return count if count < 0 else buffer.raw[:count].decode()

    def fstatat(self, at, path, flags):
        it = ctypes.create_string_buffer(256)
        failed = answer(libc.statx(at, utf8(path), flags, 0x7FF, it))
        if failed < 0:
            return failed
        return stat_text(struct.unpack_from("H", it, 28)[0], struct.unpack_from("I", it, 16)[0], struct.unpack_from("Q", it, 40)[0])

    def fchmodat(self, at, path, mode, flags):
        return answer(libc.syscall(SYS_FCHMODAT2, at, utf8(path), mode, flags))

    def utimensat(self, at, path, accessed, modified, flags):
        return answer(libc.syscall(SYS_UTIMENSAT, at, utf8(path), times(accessed, modified), flags))

    def timesof(self, at, path):
        try:
            it = os.stat(path, dir_fd=None if at == AT_FDCWD else at, follow_symlinks=False)
        except OSError as error:
            return -error.errno
        return ["now" if ns > 10**18 * 1.6 else ns // 1000 for ns in (it.st_atime_ns, it.st_mtime_ns)]

    def chdir(self, path):
        return answer(libc.chdir(utf8(path)))

    def fchdir(self, fd):
        return answer(libc.fchdir(fd))

    def getcwd(self):
        buffer = ctypes.create_string_buffer(5000)
        ctypes.set_errno(0)
        found = libc.getcwd(buffer, 5000)
        return buffer.value.decode() if found else -ctypes.get_errno()

    def readdir(self, fd):
        """All names, whatever the place of the open directory, which stays."""
        place = libc.lseek(fd, i64(0), 1)
        libc.lseek(fd, i64(0), 0)
        names, buffer = [], ctypes.create_string_buffer(4096)
        while True:
            ctypes.set_errno(0)
            filled = answer(libc.syscall(SYS_GETDENTS64, fd, buffer, 4096))
            at = 0
            while at < filled:
                length = struct.unpack_from("H", buffer, at + 16)[0]
                names.append(buffer.raw[at + 19 : at + length].split(b"\0")[0].decode())
                at += length
            if filled <= 0:
                break
        libc.lseek(fd, i64(place), 0)
        return filled if filled < 0 else ",".join(sorted(it for it in names if it not in (".", "..")))

    # Handles

    def close(self, fd):
        return answer(libc.close(fd))

    def closeRange(self, first, last, flags):
        return answer(libc.syscall(SYS_CLOSE_RANGE, ctypes.c_uint(first), ctypes.c_uint(last), flags))

    def dup(self, fd):
        return answer(libc.dup(fd))

    def dup2(self, fd, target):
        return answer(libc.dup2(fd, target))

    def dup3(self, fd, target, flags):
        return answer(libc.dup3(fd, target, flags))

    def fcntl(self, fd, command, argument):
        return answer(libc.fcntl(fd, command, argument))

    def ioctl(self, fd, request, argument):
        value = ctypes.c_int(argument)
        failed = answer(libc.ioctl(fd, ctypes.c_ulong(request), ctypes.byref(value)))
        return failed if failed < 0 else value.value

    # Bytes

    def read(self, fd, length):
        return read_with(lambda buffer: libc.read(fd, buffer, length), length)

    def pread(self, fd, length, position):
        return read_with(lambda buffer: libc.pread(fd, buffer, length, i64(position)), length)

    def readv(self, fd, lengths):
        buffers = [(ctypes.create_string_buffer(max(it, 1)), it) for it in lengths]
        count = answer(libc.readv(fd, vector(buffers), len(buffers)))
        if count < 0:
            return count
        return shown(b"".join(it.raw[:size] for it, size in buffers)[:count])

    def write(self, fd, fill, length):
        return answer(libc.write(fd, pattern(fill, length), length))

    def pwrite(self, fd, fill, length, position):
        return answer(libc.pwrite(fd, pattern(fill, length), length, i64(position)))

    def writev(self, fd, fill, lengths):
        data = [pattern((fill + i) & 255, it) for i, it in enumerate(lengths)]
        return answer(libc.writev(fd, vector([(ctypes.c_char_p(it), len(it)) for it in data]), len(data)))

    def lseek(self, fd, offset, origin):
        return answer(libc.lseek(fd, i64(offset), origin))

    def ftruncate(self, fd, length):
        return answer(libc.ftruncate(fd, i64(length)))

    def fsync(self, fd):
        return answer(libc.fsync(fd))

    def fstat(self, fd):
        try:
            it = os.fstat(fd)
            return stat_text(it.st_mode, it.st_nlink, it.st_size)
        except OSError as error:
            return -error.errno

    def same(self, fd, other):
        try:
            a, b = os.fstat(fd), os.fstat(other)
        except OSError as error:
            return -error.errno
        return int((a.st_dev, a.st_ino) == (b.st_dev, b.st_ino))

    def fchmod(self, fd, mode):
        return answer(libc.fchmod(fd, mode))

    def futimens(self, fd, accessed, modified):
        return answer(libc.syscall(SYS_UTIMENSAT, fd, None, times(accessed, modified), 0))

    # Pipes and sockets

    def pipe2(self, flags):
        fds = (ctypes.c_int * 2)()
        failed = answer(libc.pipe2(fds, flags))
        return failed if failed < 0 else list(fds)

    def socket(self, domain, kind, protocol):
        return answer(libc.socket(domain, kind, protocol))

    def socketpair(self, domain, kind, protocol):
        fds = (ctypes.c_int * 2)()
        failed = answer(libc.socketpair(domain, kind, protocol, fds))
        return failed if failed < 0 else list(fds)

    def bind(self, fd, name):
        return answer(libc.bind(fd, *self.address(name)))

    def listen(self, fd, backlog):
        return answer(libc.listen(fd, backlog))

    def accept4(self, fd, flags):
        return answer(libc.accept4(fd, None, None, flags))

    def connect(self, fd, name):
        return answer(libc.connect(fd, *self.address(name)))

    def shutdown(self, fd, how):
        return answer(libc.shutdown(fd, how))

    def name_by(self, call, fd):
        raw, length = ctypes.create_string_buffer(128), ctypes.c_uint(128)
        failed = answer(call(fd, raw, ctypes.byref(length)))
        return failed if failed < 0 else self.shown_address(raw.raw, length.value)

    def getsockname(self, fd):
        return self.name_by(libc.getsockname, fd)

    def getpeername(self, fd):
        return self.name_by(libc.getpeername, fd)

    def getsockopt(self, fd, level, name):
        value, length = ctypes.c_int(0), ctypes.c_uint(4)
        failed = answer(libc.getsockopt(fd, level, name, ctypes.byref(value), ctypes.byref(length)))
        return failed if failed < 0 else value.value

    def send(self, fd, fill, length, flags):
        return answer(libc.send(fd, pattern(fill, length), length, flags))

    def sendto(self, fd, fill, length, flags, name):
        return answer(libc.sendto(fd, pattern(fill, length), length, flags, *self.address(name)))

    def recv(self, fd, length, flags):
        return received(lambda buffer: libc.recv(fd, buffer, length, flags), length)

    def recvfrom(self, fd, length, flags):
        raw, size = ctypes.create_string_buffer(128), ctypes.c_uint(128)
        got = received(lambda buffer: libc.recvfrom(fd, buffer, length, flags, raw, ctypes.byref(size)), length)
        return got if isinstance(got, int) else got + [self.shown_address(raw.raw, size.value)]

    # Tasks

    def umask(self, mask):
        return os.umask(mask)

    def unshare(self):
        return answer(libc.unshare(CLONE_FILES))

    def exec(self):
        """What exec(2) does to a table. To be carried out it would need a program within the root."""
        libc.unshare(CLONE_FILES)
        for fd in range(LIMIT):
            flags = libc.fcntl(fd, 1)
            if flags > 0:
                os.close(fd)
        return 0

    def fork(self, child):
        return self.begin(libc.fork(), child)

    def clone(self, child):
        # With a table in common, and a copy of everything else.
        return self.begin(libc.syscall(SYS_CLONE, CLONE_FILES | signal.SIGCHLD, 0, 0, 0, 0), child)

    def begin(self, pid, child):
        if pid != 0:
            return pid
        self.number = child
        self.broken = 0
        self.serve()

    def step(self, call, arguments):
        result = getattr(self, call)(*arguments)
        if self.broken:
            result = [result, "SIGPIPE", self.broken]
            self.broken = 0
        return result

    def serve(self):
        """Does what it is told, by whole lines, until it is killed."""
        told, tells = CONTROL + 4 * self.number, CONTROL + 4 * self.number + 3
        while True:
            answers = []
            for call, *arguments in read_line(told):
                if call == "exit":
                    os._exit(0)
                answers.append(self.step(call, arguments))
            write_line(tells, answers)


def read_line(fd):
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(fd, 1 << 20)
    return json.loads(line)


def write_line(fd, value):
    line = json.dumps(value).encode() + b"\n"
    while line:
        line = line[os.write(fd, line) :]


def enter(root):
    """Makes this process a task that has nothing open, in its own root if that is allowed."""
    libc.syscall(SYS_CLOSE_RANGE, 0, CONTROL - 1, 0)
    os.chdir(root)
    if ROOTED:
        os.chroot(".")
    os.umask(0o022)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def can_have_roots():
    """Whether chroot(2) is allowed, if need be in a namespace of users of its own."""
    uid, gid = os.getuid(), os.getgid()
    if uid != 0 and libc.unshare(CLONE_NEWUSER) == 0:
        for name, text in (("setgroups", "deny"), ("uid_map", "0 %d 1" % uid), ("gid_map", "0 %d 1" % gid)):
            with open("/proc/self/" + name, "w") as file:
                file.write(text)
    pid = os.fork()
    if pid == 0:
        try:
            os.chroot(BASE)
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


class Program:
    """The processes of one program, and what was told to them."""

    def __init__(self, number):
        self.root = "%s/%d" % (BASE, number)
        os.mkdir(self.root, 0o755)
        self.alive = {}
        self.taken = {0}
        self.pids = []
        pid = os.fork()
        if pid == 0:
            enter(self.root)
            Task(0, b"ht %d %d " % (os.getppid(), number)).serve()
        self.born(0, pid)

    def born(self, task, pid):
        self.pids.append(pid)
        self.alive[task] = os.pidfd_open(pid)

    def run(self, steps):
        answers = []
        at = 0
        while at < len(steps):
            task, call = steps[at][:2]
            end = at + 1
            if task not in self.alive or (call in ("fork", "clone") and (steps[at][2] >= TASKS or steps[at][2] in self.taken)):
                answers.append("gone")
            elif call == "exit":
                write_line(told(task), [["exit"]])
                select.select([self.alive[task]], [], [])
                os.close(self.alive.pop(task))
                answers.append(0)
            elif call in ("fork", "clone"):
                child = steps[at][2]
                self.taken.add(child)
                self.born(child, self.ask(task, [steps[at][1:]])[0])
                answers.append(0)
            else:
                while end < len(steps) and steps[end][0] == task and steps[end][1] not in ("exit", "fork", "clone"):
                    end += 1
                answers += self.ask(task, [step[1:] for step in steps[at:end]])
            at = end
        return answers

    def ask(self, task, calls):
        write_line(told(task), calls)
        if not select.select([tells(task)], [], [], 60)[0]:
            raise TimeoutError("a task waits in one of %s" % calls)
        return read_line(tells(task))

    def end(self):
        for fd in self.alive.values():
            os.close(fd)
        for pid in self.pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        # Children of children are this process's as soon as their parents have ended.
        for _ in self.pids:
            os.waitpid(-1, 0)
        shutil.rmtree(self.root)


def told(task):
    """Where a task is told what to do."""
    return CONTROL + 4 * task + 1


def tells(task):
    """Where a task tells what came of it."""
    return CONTROL + 4 * task + 2


def main():
    global ROOTED
    ROOTED = can_have_roots()
    # Orphans are this process's children, so that it can wait for them (PR_SET_CHILD_SUBREAPER).
    libc.prctl(36, 1, 0, 0, 0)
    for at in range(CONTROL, CONTROL + 4 * TASKS, 2):
        for end, to in zip(os.pipe(), (at, at + 1)):
            os.dup2(end, to)
            os.close(end)
    print(json.dumps({"rooted": ROOTED}), flush=True)
    number = 0
    for line in sys.stdin:
        answers = []
        for steps in json.loads(line):
            program = Program(number)
            number += 1
            answers.append(program.run(steps))
            program.end()
        print(json.dumps(answers), flush=True)


main()

"""Carries out programs of socket calls on the machine's own local sockets: programs in, answers out, as JSON.

What is here called an answer is a number, or the name of an errno; after each call come the poll bits of every socket.
"""

import array, errno, fcntl, json, os, select, socket, sys

BITS = select.POLLIN | select.POLLOUT | select.POLLERR | select.POLLHUP | select.POLLRDHUP


class Program:
    def __init__(self, number):
        self.prefix = "\0ht %d %d " % (os.getpid(), number)
        self.slots = []

    def address(self, name):
        return self.prefix + str(name)

    def shown(self, address):
        if not address:
            return ""
        return address.decode()[len(self.prefix):] if isinstance(address, bytes) else address

    def keep(self, *sockets):
        for it in sockets:
            it.setblocking(False)
            self.slots.append(it)
        return 0

    def call(self, op, at, *args):
        if op == "open":
            return self.keep(socket.socket(socket.AF_UNIX, at))
        if op == "pair":
            return self.keep(*socket.socketpair(socket.AF_UNIX, at))
        it = self.slots[at % len(self.slots)] if self.slots else None
        if it is None:
            return "closed"
        if op == "dup":
            return self.keep(it.dup())
        if op == "close":
            self.slots[at % len(self.slots)] = None
            it.close()
            return 0
        if op == "bind":
            return it.bind(self.address(args[0])) or 0
        if op == "listen":
            return it.listen(args[0]) or 0
        if op == "accept":
            accepted, address = it.accept()
            self.keep(accepted)
            return 0
        if op == "connect":
            return it.connect(self.address(args[0])) or 0
        if op == "send":
            return it.send(bytes(args[0]))
        if op == "sendTo":
            return it.sendto(bytes(args[0]), self.address(args[1]))
        if op == "receive":
            buffer = bytearray(args[0])
            count, _, _, address = it.recvmsg_into([buffer], 0, args[1])
            return [count, list(buffer[:count]), self.shown(address)]
        if op == "shutdown":
            return it.shutdown(args[0]) or 0
        if op == "option":
            return it.getsockopt(socket.SOL_SOCKET, args[0])
        if op == "localAddress":
            return self.shown(it.getsockname())
        if op == "peerAddress":
            return self.shown(it.getpeername())
        if op == "bytes":
            count = array.array("i", [0])
            fcntl.ioctl(it, 0x541B, count)
            return count[0]
        raise ValueError(op)

    def step(self, call):
        try:
            answer = self.call(*call)
        except OSError as error:
            answer = errno.errorcode[error.errno]
        return [answer, [None if it is None else bits(it) for it in self.slots]]

    def run(self, calls):
        answers = [self.step(call) for call in calls]
        for it in self.slots:
            if it is not None:
                it.close()
        return answers


def bits(it):
    poll = select.poll()
    poll.register(it, BITS)
    ready = poll.poll(0)
    return ready[0][1] if ready else 0


print(json.dumps([Program(i).run(calls) for i, calls in enumerate(json.load(sys.stdin))]))

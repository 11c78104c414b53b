#!/usr/bin/env python3
"""A client of the fabric's wire written from the two WIRE.md pages alone, with Python's standard library.

wire_client.py URI: echoes payloads, lets the engine read memory of this process (GET) and write it (PUT), and shows
that a key which was never given out is refused. Exit 0 when every byte was right.
"""
import os
import socket
import struct
import sys

MAGIC = 0x00544644
HELLO, GOODBYE, MESSAGE, READ_REQUEST, READ_DATA, WRITE_CHUNK, TRANSFER_END = range(1, 8)
CHECKSUM, LAST = 1, 2
FRAME = struct.Struct("<IBBHII")
HEADER = struct.Struct("<IHBBQQIIHHiII")
NOBODY = 0xFFFFFFFF
NO_PERM = -1001
CHUNK = 256 * 1024


def crc_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ (0x82F63B78 if n & 1 else 0)
        table.append(n)
    return table


TABLE = crc_table()


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def pad(length):
    return -length % 8


class Malformed(Exception):
    pass


class Connection:
    """Frames in both directions, and the memory that the peer may reach by key."""

    def __init__(self, uri):
        scheme, rest = uri.split("://", 1)
        if scheme == "unix":
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.connect(rest)
        else:
            host, port = rest.rsplit(":", 1)
            self.socket = socket.create_connection((host.strip("[]"), int(port)))
        self.socket.settimeout(20)
        self.memory = {}
        hello = struct.pack("<IHHQQIIQ", MAGIC, 1, 1, 0, int.from_bytes(os.urandom(8), "little"), 64 * 1024, CHUNK, 0)
        self.send_frame(HELLO, hello)
        kind, _, _, payload = self.receive_frame()
        if kind != HELLO or len(payload) < 40:
            raise Malformed(f"no hello but kind {kind}: {payload[4:].decode(errors='replace')}")
        magic, oldest, newest, _, _, _, self.chunk, _ = struct.unpack_from("<IHHQQIIQ", payload)
        if magic != MAGIC or not oldest <= 1 <= newest:
            raise Malformed("the peer speaks another wire")

    def send_frame(self, kind, inline, flags=0, argument=0, data=None):
        """A frame; with data a bulk chunk, whose data has its own tail."""
        length = len(inline) + (len(data) if data is not None else 0)
        bare = FRAME.pack(length, kind, flags, 0, 0, argument)
        frame = FRAME.pack(length, kind, flags, 0, crc32c(inline, crc32c(bare)), argument) + inline
        if data is not None:
            status = struct.pack("<i", 0)
            frame += data + bytes(pad(len(data))) + status + struct.pack("<I", crc32c(status))
        else:
            frame += bytes(pad(len(inline)))
        self.socket.sendall(frame)

    def receive_exactly(self, length):
        parts = bytearray()
        while len(parts) < length:
            part = self.socket.recv(min(length - len(parts), 1 << 20))
            if not part:
                raise Malformed("the peer closed the connection")
            parts += part
        return bytes(parts)

    def receive_frame(self):
        head = self.receive_exactly(FRAME.size)
        length, kind, flags, zero, crc, argument = FRAME.unpack(head)
        if zero != 0 or kind not in range(1, 8):
            raise Malformed(f"frame kind {kind}")
        inline_length = {READ_DATA: 16, WRITE_CHUNK: 32}.get(kind, length)
        inline = self.receive_exactly(inline_length)
        if crc != crc32c(inline, crc32c(head[:8] + bytes(4) + head[12:])):
            raise Malformed("checksum of a frame")
        data = b""
        if inline_length == length:
            self.receive_exactly(pad(length))
        if kind in (READ_DATA, WRITE_CHUNK):
            data = self.receive_exactly(length - inline_length)
            self.receive_exactly(pad(len(data)))
            status, data_crc = struct.unpack("<iI", self.receive_exactly(8))
            covered = (data if flags & CHECKSUM and status == 0 else b"") + struct.pack("<i", status)
            if data_crc != crc32c(covered):
                raise Malformed("checksum of bulk data")
        return kind, flags, argument, inline + data

    def register(self, memory, access):
        """Memory that the peer may read (1) or write (2), named as it travels in a message."""
        key = int.from_bytes(os.urandom(8), "little") | 1
        self.memory[key] = (memory, access)
        return key, struct.pack("<QQQ", key, len(memory), access)

    def serve_transfer(self, kind, flags, argument, payload):
        """What the peer asks of our memory, between the messages."""
        if kind == READ_REQUEST:
            key, offset, length = struct.unpack("<QQQ", payload)
            memory, access = self.memory.get(key, (b"", 0))
            if not access & 1 or offset + length > len(memory):
                self.send_frame(TRANSFER_END, struct.pack("<iI", NO_PERM, 0), argument=argument)
                return
            step = min(self.chunk, CHUNK)
            for position in range(0, length, step):
                data = bytes(memory[offset + position:offset + min(position + step, length)])
                self.send_frame(READ_DATA, struct.pack("<IIQ", position, len(data), 0), argument=argument, data=data)
            if length == 0:
                self.send_frame(TRANSFER_END, struct.pack("<iI", 0, 0), argument=argument)
        elif kind == WRITE_CHUNK:
            key, offset, length, position, data_length, _ = struct.unpack_from("<QQIIII", payload)
            memory, access = self.memory.get(key, (b"", 0))
            allowed = access & 2 and offset + length <= len(memory) and position + data_length <= length
            if allowed:
                memory[offset + position:offset + position + data_length] = payload[32:]
            if flags & LAST:
                self.send_frame(TRANSFER_END, struct.pack("<iI", 0 if allowed else NO_PERM, 0), argument=argument)
        elif kind == GOODBYE:
            raise Malformed("the engine said goodbye: " + payload[4:].decode(errors="replace"))
        else:
            raise Malformed(f"unexpected frame of kind {kind}")


class Client:
    """One call at a time."""

    def __init__(self, connection):
        self.connection = connection
        self.generation = 0
        self.hlc = 0

    def call(self, module, version, index, payload, tag=0, deadline_ms=10_000):
        self.generation += 1
        opcode = module << 24 | version << 16 | index
        rpc_id = self.generation << 16
        header = HEADER.pack(opcode, 0, 3, 0, rpc_id, self.hlc, NOBODY, NOBODY, tag, 0, deadline_ms, len(payload), 0)
        self.connection.send_frame(MESSAGE, header + payload)
        while True:
            kind, flags, argument, body = self.connection.receive_frame()
            if kind != MESSAGE:
                self.connection.serve_transfer(kind, flags, argument, body)
                continue
            fields = HEADER.unpack_from(body)
            if fields[1] != 8 or fields[2] != 3 or fields[0] != opcode or fields[11] != len(body) - HEADER.size:
                raise Malformed("a reply that is none")
            if fields[4] == rpc_id:
                self.hlc = max(self.hlc, fields[5])
                return fields[10], body[HEADER.size:]


def transfer(client, index, memory, name, offset):
    """Self-test PULL (1, the engine gets) or PUSH (2, the engine puts), with the engine's checksum of the bytes."""
    length = len(memory)
    return client.call(0xF2, 1, index, name + struct.pack("<QQII", 0, offset, length, 1))


def main(uri):
    client = Client(Connection(uri))
    code, reply = client.call(0xFF, 1, 1, struct.pack("<Q", 0xF2))
    lowest, highest, _ = struct.unpack("<IIQ", reply)
    if code != 0 or not lowest <= 1 <= highest:
        raise Malformed(f"self-test module: code {code}, versions {lowest} to {highest}")
    echoes = 0
    for length in (0, 1, 7, 8, 64, 1000, 4096, 60_000):
        payload = os.urandom(length)
        code, reply = client.call(0xF2, 1, 0, payload)
        if code != 0 or reply != payload:
            raise Malformed(f"echo of {length} bytes: code {code}, {len(reply)} bytes back")
        echoes += 1

    sent = os.urandom(1_000_003)
    key, name = client.connection.register(sent, 1)
    code, reply = transfer(client, 1, sent, name, offset=4096)
    if code != 0 or struct.unpack("<II", reply)[0] != crc32c(sent):
        raise Malformed(f"bulk get: code {code}")
    room = bytearray(len(sent))
    _, room_name = client.connection.register(room, 2)
    code, _ = transfer(client, 2, room, room_name, offset=4096)
    if code != 0 or room != sent:
        raise Malformed(f"bulk put: code {code}")
    del client.connection.memory[key]
    refused, _ = transfer(client, 1, sent, name, offset=0)
    if refused != NO_PERM:
        raise Malformed(f"a revoked key was answered with {refused}")
    print(f"echoes={echoes} bulk-get={len(sent)} bulk-put={len(room)} refused={refused}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: wire_client.py tcp://HOST:PORT | unix:///PATH")
    try:
        main(sys.argv[1])
    except (Malformed, OSError, struct.error) as failure:
        sys.exit(f"wire_client.py: {failure}")

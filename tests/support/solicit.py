"""Asks a DHCPv6 server once per client, and prints what it advertises, a line of JSON each.

usage: solicit.py INTERFACE CLIENT…, a CLIENT being MAC,ARCH,USER-CLASS; empty for none. With `,stateless` behind it,
the client asks for options only (RFC 8415, 18.2.6).
"""

import json
import os
import socket
import struct
import sys
import time

SOLICIT, ADVERTISE, REPLY, INFORMATION_REQUEST = 1, 2, 7, 11


def option(code, data):
    return struct.pack("!HH", code, len(data)) + data


def options(data):
    at, found = 0, {}
    while at + 4 <= len(data):
        code, length = struct.unpack("!HH", data[at:at + 4])
        found.setdefault(code, []).append(data[at + 4:at + 4 + length])
        at += 4 + length
    return found


def ask(line, scope, mac, arch, user, stateless=None):
    asks, answers = (INFORMATION_REQUEST, REPLY) if stateless else (SOLICIT, ADVERTISE)
    duid = struct.pack("!HH", 3, 1) + bytes.fromhex(mac.replace(":", ""))
    number = os.urandom(3)
    text = bytes([asks]) + number + option(1, duid) + option(8, b"\0\0")
    if not stateless:
        text += option(3, struct.pack("!III", 1, 0, 0))
    text += option(6, struct.pack("!HHHHH", 23, 24, 59, 60, 16))
    if arch:
        text += option(61, struct.pack("!H", int(arch)))
    if user:
        text += option(15, struct.pack("!H", len(user)) + user.encode())
    end = time.monotonic() + 20
    while time.monotonic() < end:
        line.sendto(text, ("ff02::1:2", 547, 0, scope))
        line.settimeout(2)
        try:
            while True:
                answer = line.recv(4096)
                if answer[0] == answers and answer[1:4] == number:
                    return options(answer[4:])
        except TimeoutError:
            continue
    return None


def main():
    scope = socket.if_nametoindex(sys.argv[1])
    line = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    line.bind(("::", 546))
    for client in sys.argv[2:]:
        found = ask(line, scope, *client.split(","))
        if found is None:
            print(json.dumps(None))
            continue
        inside = options(found.get(3, [b"\0" * 12])[0][12:])
        address = inside.get(5, [None])[0]
        print(json.dumps({
            "address": address and socket.inet_ntop(socket.AF_INET6, address[:16]),
            "url": found.get(59, [b""])[0].decode(),
            "class": found.get(16, [b""])[0].decode("latin1"),
            "lease_time": address and struct.unpack("!I", address[20:24])[0],
            "domains": found.get(24, [b""])[0].hex(),
            "dns": [socket.inet_ntop(socket.AF_INET6, all[at:at + 16])
                    for all in found.get(23, []) for at in range(0, len(all), 16)],
        }))


main()

"""The raw frames of one interface, one a line in hex: what stdin brings is sent, what arrives is printed.

Of TCP only the segments that begin a request or an answer are printed, so that a big file costs nothing.
"""

import os
import socket
import struct
import sys
import threading

name = sys.argv[1]
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))  # ETH_P_ALL
link.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
link.bind((name, 0))
promiscuous = struct.pack("iHH8s", socket.if_nametoindex(name), 1, 0, b"")
link.setsockopt(263, 1, promiscuous)  # SOL_PACKET, PACKET_ADD_MEMBERSHIP
print("ready", flush=True)


def send():
    for line in sys.stdin:
        link.send(bytes.fromhex(line))
    os._exit(0)


threading.Thread(target=send, daemon=True).start()
while True:
    frame = link.recv(1514)
    if frame[12:14] != b"\x08\x00":
        continue
    transport = 14 + (frame[14] & 15) * 4
    if frame[23] == 6:
        payload = frame[transport + (frame[transport + 12] >> 4) * 4 :]
        # "Init" is iSCSI's "InitiatorName": iPXE sends a login's text apart from its header.
        if payload[:4] not in (b"GET ", b"HEAD", b"POST", b"HTTP", b"Init"):
            continue
    elif frame[23] != 17:
        continue
    print(frame.hex(), flush=True)

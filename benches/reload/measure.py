#!/usr/bin/env python3
"""Counts the DISCOVERs that a DHCP server does not answer while it takes up a change.

    sudo unshare --net --mount benches/reload/measure.py IPXEGEN DAEMON [HOSTS]

Renders a site of HOSTS hosts (20,000) for DAEMON (isc, kea or dnsmasq), runs the daemon in this network namespace, and
asks as 300 of the hosts, 100 in a second, from a namespace beside it. After half a second the daemon takes up its file
again, as `ipxegen apply --reload` has it: dhcpd and dnsmasq are restarted, Kea reads the file over its control socket. On a busy machine, put `chrt -f 5` in front: the daemon and the
clients then do not wait for others.
"""

import ctypes
import json
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

CLIENTS, RATE = 300, 100
SOCKET = "/run/kea/kea4-ctrl-socket"


def sh(line):
    subprocess.run(line, shell=True, check=True, stdout=subprocess.DEVNULL)


def setns(namespace):
    # os.setns is of Python 3.12.
    assert ctypes.CDLL(None, use_errno=True).setns(namespace, 0) == 0, os.strerror(ctypes.get_errno())


def mac(n):
    return bytes([0x52, 0x54, 0]) + n.to_bytes(3, "big")


def site(daemon, hosts):
    lines = [
        "servers: { boot: { ip: 10.0.0.1/16, interfaces: [eth0] } }",
        f"dhcp: {{ daemon: {daemon} }}",
        "subnets: { lan: { cidr: 10.0.0.0/16, ranges: 10.0.200.0-10.0.220.0, routers: 10.0.0.1 } }",
        "boot_entries: { memtest: { kind: iso, iso: memtest.iso } }",
        "hosts:",
    ]
    for n in range(hosts):
        ip = f"10.0.{1 + n // 250}.{1 + n % 250}"
        lines.append(f"  pc{n}: {{ mac: '{mac(n).hex(':')}', ip: {ip} }}")
    return "\n".join(lines) + "\n"


def discover(n):
    """The Ethernet frame of host n: the checksum of IPv4 counts, that of UDP may be absent."""
    dhcp = struct.pack("!4BIHH16s16s192s", 1, 1, 6, 0, 0x1000_0000 + n, 0, 0x8000, b"", mac(n), b"")
    dhcp += bytes([99, 130, 83, 99, 53, 1, 1, 55, 3, 1, 3, 67, 255])
    udp = struct.pack("!4H", 68, 67, 8 + len(dhcp), 0) + dhcp
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
    total = sum(struct.unpack("!10H", head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    head = head[:10] + struct.pack("!H", total ^ 0xFFFF) + head[12:]
    return b"\xff" * 6 + mac(n) + b"\x08\x00" + head + udp


def ask(line, clients):
    """Sends a DISCOVER for each client; returns the numbers of those that got an offer."""
    offered, start, sent = set(), time.monotonic(), 0
    while time.monotonic() - start < clients / RATE + 3:
        while sent < clients and time.monotonic() - start >= sent / RATE:
            line.send(discover(sent))
            sent += 1
        if select.select([line], [], [], 0.002)[0]:
            frame = line.recv(2048)
            # UDP to port 68, BOOTREPLY.
            if frame[12:14] == b"\x08\x00" and frame[36:38] == b"\x00\x44" and frame[42] == 2:
                offered.add(int.from_bytes(frame[46:50], "big") - 0x1000_0000)
    return offered


def kea(command, arguments=None):
    line = socket.socket(socket.AF_UNIX)
    line.connect(SOCKET)
    line.sendall(json.dumps({"command": command, **({"arguments": arguments} if arguments else {})}).encode())
    line.shutdown(socket.SHUT_WR)
    answer = json.loads(b"".join(iter(lambda: line.recv(65536), b"")))
    assert answer["result"] == 0, answer


class Daemon:
    def __init__(self, name, tree, work):
        self.name = name
        conf = f"{tree}/etc/dhcp/dhcpd.conf"
        if name == "isc":
            text = pathlib.Path(conf).read_text().replace("/etc/dhcp/", f"{tree}/etc/dhcp/")
            pathlib.Path(conf).write_text(text)
            pathlib.Path(work, "leases").touch()
            self.line = ["dhcpd", "-4", "-f", "-q", "-cf", conf, "-lf", f"{work}/leases", "-pf", f"{work}/pid", "eth0"]
        elif name == "kea":
            sh("mkdir -p /run/kea /run/lock/kea /var/lib/kea")
            self.file = f"{tree}/etc/kea/kea-dhcp4.conf"
            self.line = ["kea-dhcp4", "-c", self.file]
        else:
            conf = f"{tree}/etc/dnsmasq.d/ipxegen.conf"
            self.line = ["dnsmasq", "-k", "-C", conf, "-l", f"{work}/leases", "-x", f"{work}/pid", "-u", "root"]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def take_up(self):
        if self.name == "kea":
            text = pathlib.Path(self.file).read_text()
            lines = [line for line in text.splitlines() if not line.startswith("//")]
            kea("config-test", json.loads("\n".join(lines)))
            kea("config-reload")
        else:
            self.stop()
            self.start()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def main():
    program, name = sys.argv[1:3]
    hosts = int(sys.argv[3]) if len(sys.argv) > 3 else 20_000
    sh("mount --make-rprivate /; for d in /run /var/lib; do mount -t tmpfs tmpfs $d; done; mkdir /run/netns")
    sh("ip link set lo up; ip netns add client; ip link add eth0 type veth peer name eth0 netns client")
    sh("ip address add 10.0.0.1/16 dev eth0; ip link set eth0 up; ip -n client link set eth0 up")
    with tempfile.TemporaryDirectory() as work:
        pathlib.Path(work, "site.yaml").write_text(site(name, hosts))
        sh(f"{program} render -q {work}/site.yaml -o {work}/out")
        here = os.open("/proc/self/ns/net", os.O_RDONLY)
        with open("/run/netns/client") as other:
            setns(other.fileno())
        line = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        line.bind(("eth0", 0))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        setns(here)
        daemon = Daemon(name, f"{work}/out/boot", work)
        try:
            waited = 0
            while not ask(line, 1):
                waited += 1
                assert waited < 20 and daemon.process.poll() is None, "it answers nobody"
            for run in range(3):
                taken = []

                def change():
                    time.sleep(0.5)
                    start = time.monotonic()
                    daemon.take_up()
                    taken.append(time.monotonic() - start)

                thread = threading.Thread(target=change)
                thread.start()
                lost = CLIENTS - len(ask(line, CLIENTS) & set(range(CLIENTS)))
                thread.join()
                print(f"{name}: {hosts} hosts: lost {lost} of {CLIENTS}, taken up in {taken[0]:.2f} s", flush=True)
        finally:
            daemon.stop()


main()

"""A VLAN interface made in user space, for tests on kernels that have none (CONFIG_VLAN_8021Q).

testing-vlan-interface.py PARENT NAME TAG MAC: what is written to NAME leaves PARENT with the tag, and the other way round.
"""

import fcntl
import os
import select
import socket
import struct
import subprocess
import sys

parent, name, tag, mac = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING = 263, 8, 4
VLAN_VALID = 1 << 4

tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
subprocess.run(["ip", "link", "set", name, "address", mac], check=True)
subprocess.run(["ip", "link", "set", name, "mtu", "1400", "up"], check=True)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
wire.bind((parent, 0))
wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
header = struct.pack("!HH", 0x8100, tag)

while True:
    ready, _, _ = select.select([tap, wire], [], [])
    if tap in ready:
        frame = os.read(tap, 4096)
        wire.send(frame[:12] + header + frame[12:])
    if wire in ready:
        frame, ancillary, _, address = wire.recvmsg(4096, 64)
        if address[2] == PACKET_OUTGOING:
            continue
        # The kernel has taken the tag out of the frame and says beside it what it was.
        for level, kind, data in ancillary:
            if level != SOL_PACKET or kind != PACKET_AUXDATA:
                continue
            status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", data[:20])
            if status & VLAN_VALID and tci & 0xFFF == tag:
                os.write(tap, frame)

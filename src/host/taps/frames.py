"""Reads and sends frames, for tests of what a port gets.

frames.py read DEVICE: a line for each echo request or reply that comes in, with its addresses and VLAN (0: none).
frames.py send DEVICE SOURCE DESTINATION VLAN: an echo request in a broadcast frame of that VLAN.
"""

import socket
import struct
import sys

SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING = 263, 8, 4
VLAN_VALID = 1 << 4
IPV4, ICMP = b"\x08\x00", 1

mode, device = sys.argv[1:3]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
wire.bind((device, 0))

if mode == "send":
    source, destination, vlan = sys.argv[3:6]
    echo = struct.pack("!BBHHH", 8, 0, 0xF7FF, 0, 0)
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(echo), 0, 0, 64, ICMP, 0)
    addresses = socket.inet_aton(source) + socket.inet_aton(destination)
    tag = struct.pack("!HH", 0x8100, int(vlan))
    wire.send(b"\xff" * 6 + wire.getsockname()[4] + tag + IPV4 + header + addresses + echo)
    sys.exit()

wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
print("reading", flush=True)
while True:
    frame, extra, _, origin = wire.recvmsg(2048, 256)
    if origin[2] == PACKET_OUTGOING:
        continue
    vlan = 0
    for level, kind, data in extra:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", data[:20])
            vlan = tci & 0xFFF if status & VLAN_VALID else 0
    if frame[12:14] != IPV4 or frame[23] != ICMP:
        continue
    ends = (socket.inet_ntoa(frame[at : at + 4]) for at in (26, 30))
    print(*ends, vlan, flush=True)

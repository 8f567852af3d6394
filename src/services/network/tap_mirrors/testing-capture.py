"""For tests: prints of each GRE packet that an interface sees its key and the addresses and protocol within.

testing-capture.py [INTERFACE]: of one interface, or of all.
"""

import socket
import struct
import sys

wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
if len(sys.argv) > 1:
    wire.bind((sys.argv[1], 0))
while True:
    packet = wire.recv(65535)
    if packet[12:14] != b'\x08\x00' or packet[23] != 47: continue
    gre = packet[14 + (packet[14] & 15) * 4:]
    flags, protocol = struct.unpack('!HH', gre[:4])
    key = struct.unpack('!I', gre[4:8])[0] if flags & 0x2000 else 0
    inner = gre[4 + (4 if flags & 0x2000 else 0) + (4 if flags & 0x1000 else 0):]
    if inner[12:14] != b'\x08\x00': continue
    print(key, socket.inet_ntoa(inner[26:30]), socket.inet_ntoa(inner[30:34]), inner[23], flush=True)

/*
 * A DHCPv6 client (RFC 8415) for tests, run inside a namespace: `testing-dhcpv6-client.ts stateful|stateless INTERFACE`.
 * Prints what it was given as one line of JSON: {"address": …, "dns": […], "search": …}.
 */
import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';

const SOLICIT = 1;
const ADVERTISE = 2;
const REQUEST = 3;
const REPLY = 7;
const INFORMATION_REQUEST = 11;
const CLIENT = 1;
const SERVER = 2;
const IA_NA = 3;
const IA_ADDRESS = 5;
const WANTED = 6;
const ELAPSED = 8;
const DNS = 23;

const [, , mode = 'stateful', link = 'eth0'] = process.argv;
const transaction = randomBytes(3);
// An identifier made of random bytes (DUID-UUID, RFC 6355).
const identifier = Buffer.concat([Buffer.from([0, 4]), randomBytes(16)]);

const option = (code: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(code, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value]);
};

const message = (type: number, ...options: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([type]), transaction, option(CLIENT, identifier), ...options]);

function parse(bytes: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16BE(at + 2);
    options.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return options;
}

const addressOf = (bytes: Buffer): string =>
  Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':');

const association = Buffer.concat([randomBytes(4), Buffer.alloc(8)]);
const common = [option(WANTED, Buffer.from([0, DNS, 0, 24])), option(ELAPSED, Buffer.from([0, 0]))];
const socket = createSocket('udp6');
const send = (bytes: Buffer) => socket.send(bytes, 547, `ff02::1:2%${link}`);
const first = () =>
  send(
    mode === 'stateful'
      ? message(SOLICIT, option(IA_NA, association), ...common)
      : message(INFORMATION_REQUEST, ...common),
  );

socket.on('message', (bytes) => {
  if (!bytes.subarray(1, 4).equals(transaction)) return;
  const options = parse(bytes.subarray(4));
  const offered = options.get(IA_NA);
  if (bytes[0] === ADVERTISE && offered !== undefined) {
    send(
      message(
        REQUEST,
        option(SERVER, options.get(SERVER)!),
        option(IA_NA, Buffer.concat([association, offered.subarray(12)])),
        ...common,
      ),
    );
  }
  if (bytes[0] !== REPLY) return;
  const given = offered && parse(offered.subarray(12)).get(IA_ADDRESS);
  const dns = options.get(DNS) ?? Buffer.alloc(0);
  console.log(
    JSON.stringify({
      address: given && addressOf(given),
      dns: Array.from({ length: dns.length / 16 }, (_, index) =>
        addressOf(dns.subarray(index * 16, index * 16 + 16)),
      ),
    }),
  );
  process.exit(0);
});
socket.bind(546, () => {
  socket.setMulticastInterface(`::%${link}`);
  first();
  setInterval(first, 1000);
  setTimeout(() => process.exit(1), 8000);
});

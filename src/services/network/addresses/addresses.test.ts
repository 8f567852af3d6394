import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  cidrContains,
  cidrOf,
  cidrsOverlap,
  formatCidr,
  netmaskOf,
  parseCidr,
  usableRange,
} from './cidr.ts';
import { bitsOf, formatIp, parseIp, type Ip } from './ip.ts';
import { canonicalMac, derivedMac, interfaceId, randomMac } from './mac.ts';
import { defaultPools, inPools, poolSize } from './pools.ts';

const ipOf = (version: 4 | 6) =>
  fc
    .bigInt({ min: 0n, max: (1n << BigInt(bitsOf(version))) - 1n })
    .map((value): Ip => ({ version, value }));
const ip = fc.oneof(ipOf(4), ipOf(6));

test('an address survives being written and read', () => {
  fc.assert(fc.property(ip, (address) => assert.deepEqual(parseIp(formatIp(address)), address)));
  fc.assert(fc.property(fc.ipV4(), (text) => assert.equal(formatIp(parseIp(text)!), text)));
});

test('IPv6 text is what the URL standard makes of it (RFC 5952)', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = parseIp(text)!;
      const mapped = address.value >> 32n === 0xffffn;
      const expected = new URL(`http://[${text}]`).hostname.slice(1, -1);
      if (!mapped) assert.equal(formatIp(address), expected);
      else assert.equal(parseIp(expected)!.value, address.value);
    }),
  );
});

test('what is no address is refused', () => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    'fe80::1%eth0',
    ':::',
    '1::2::3',
    'x',
    '10.0.0.0/8',
  ]) {
    assert.equal(parseIp(text), undefined, text);
  }
  for (const text of [
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    '10.0.0.0/a',
  ]) {
    assert.equal(parseCidr(text), undefined, text);
  }
});

test('membership in a prefix is what node:net says', () => {
  const versioned = fc.constantFrom<(4 | 6)[]>(4, 6).chain((version) =>
    fc.record({
      version: fc.constant(version),
      base: ipOf(version),
      length: fc.integer({ min: 0, max: bitsOf(version) }),
      // Half of the probes near the base, or hardly any would be inside.
      probe: fc.oneof(ipOf(version), fc.bigInt({ min: 0n, max: 511n })),
    }),
  );
  fc.assert(
    fc.property(versioned, ({ version, base, length, probe }) => {
      const top = (1n << BigInt(bitsOf(version))) - 1n;
      const address: Ip =
        typeof probe === 'bigint' ? { version, value: (base.value + probe) & top } : probe;
      const cidr = cidrOf(base, length);
      const list = new BlockList();
      list.addSubnet(formatIp(base), length, version === 4 ? 'ipv4' : 'ipv6');
      assert.equal(
        cidrContains(cidr, address),
        list.check(formatIp(address), version === 4 ? 'ipv4' : 'ipv6'),
      );
      assert.deepEqual(parseCidr(formatCidr(cidr)), cidr);
    }),
  );
});

test('two prefixes overlap exactly when one holds the other', () => {
  const prefix = fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 16, max: 32 }));
  fc.assert(
    fc.property(prefix, prefix, ([a, la], [b, lb]) => {
      const one = cidrOf({ version: 4, value: BigInt(a) }, la);
      const two = cidrOf({ version: 4, value: BigInt(b) }, lb);
      const holds =
        cidrContains(one, { version: 4, value: two.first }) ||
        cidrContains(two, { version: 4, value: one.first });
      assert.equal(cidrsOverlap(one, two), holds);
    }),
  );
  assert.equal(cidrsOverlap(parseCidr('0.0.0.0/0')!, parseCidr('::/0')!), false);
});

test('usable addresses and default pools', () => {
  const pools = (cidr: string, gateway: string | null) =>
    defaultPools(parseCidr(cidr)!, gateway).map(({ start, end }) => `${start}-${end}`);
  assert.deepEqual(pools('10.0.0.0/24', '10.0.0.1'), ['10.0.0.2-10.0.0.254']);
  assert.deepEqual(pools('10.0.0.0/24', '10.0.0.254'), ['10.0.0.1-10.0.0.253']);
  assert.deepEqual(pools('10.0.0.0/24', '10.0.0.100'), [
    '10.0.0.1-10.0.0.99',
    '10.0.0.101-10.0.0.254',
  ]);
  assert.deepEqual(pools('10.0.0.0/24', null), ['10.0.0.1-10.0.0.254']);
  assert.deepEqual(pools('10.0.0.0/31', '10.0.0.0'), ['10.0.0.1-10.0.0.1']);
  assert.deepEqual(pools('10.0.0.0/32', '10.0.0.0'), []);
  assert.deepEqual(pools('fd00::/64', 'fd00::1'), ['fd00::2-fd00::ffff:ffff:ffff:ffff']);
  fc.assert(
    fc.property(ipOf(4), fc.integer({ min: 8, max: 32 }), fc.nat(), (base, length, offset) => {
      const cidr = cidrOf(base, length);
      const { first, last } = usableRange(cidr);
      const gateway = first + (BigInt(offset) % (last - first + 1n));
      const text = formatIp({ version: 4, value: gateway });
      const made = defaultPools(cidr, text);
      assert.equal(poolSize(made), last - first);
      assert.equal(inPools(made, text), false);
    }),
  );
  assert.equal(netmaskOf(parseCidr('10.0.0.0/20')!), '255.255.240.0');
});

test('hardware addresses', () => {
  assert.match(randomMac(), /^fa:16:3e(:[0-9a-f]{2}){3}$/);
  assert.equal(derivedMac('a'), derivedMac('a'));
  assert.notEqual(derivedMac('a'), derivedMac('b'));
  assert.equal(canonicalMac('FA-16-3E-00-00-01'), 'fa:16:3e:00:00:01');
  for (const text of [
    '',
    'fa:16:3e:00:00',
    '01:00:5e:00:00:01',
    '00:00:00:00:00:00',
    'fa:16-3e:00:00:01',
    'fg:16:3e:00:00:01',
  ]) {
    assert.equal(canonicalMac(text), undefined, text);
  }
  // The example of RFC 4291, appendix A.
  assert.equal(interfaceId('34:56:78:9a:bc:de').toString(16), '365678fffe9abcde');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aclEvent } from './acl-event.ts';

const LOG = '11111111-1111-4111-8111-111111111111';
const line = (packet: string, direction = 'to-lport') =>
  `2026-01-01T10:20:30.456Z|00042|acl_log(ovn_pinctrl0)|INFO|name="neutron-${LOG}", verdict=drop, severity=info, direction=${direction}: ${packet}`;

test('lines about packets are read', () => {
  const event = aclEvent(
    line(
      'tcp,vlan_tci=0x0000,dl_src=fa:16:3e:00:00:01,dl_dst=fa:16:3e:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=40000,tp_dst=81,tcp_flags=syn',
    ),
  )!;
  assert.equal(event.time, '2026-01-01T10:20:30.456Z');
  assert.equal(event.log, LOG);
  assert.equal(event.verdict, 'drop');
  assert.equal(event.direction, 'to-lport');
  assert.equal(event.protocol, 'tcp');
  assert.deepEqual(event.source, { mac: 'fa:16:3e:00:00:01', ip: '10.0.0.1', port: 40_000 });
  assert.deepEqual(event.destination, { mac: 'fa:16:3e:00:00:02', ip: '10.0.0.2', port: 81 });
  const six = aclEvent(
    line(
      'icmp6,vlan_tci=0x0000,dl_src=fa:16:3e:00:00:01,dl_dst=33:33:00:00:00:02,ipv6_src=fe80::1,ipv6_dst=ff02::2,ipv6_label=0x00000,nw_tos=0,nw_ttl=255,icmp_type=133,icmp_code=0',
      'from-lport',
    ),
  )!;
  assert.equal(six.direction, 'from-lport');
  assert.deepEqual(six.source, { mac: 'fa:16:3e:00:00:01', ip: 'fe80::1', port: undefined });
});

test('other lines are no events', () => {
  for (const other of [
    '',
    '2026-01-01T10:20:30.456Z|00001|main|INFO|started',
    line('tcp').replace('neutron-', 'mine-'),
    line('tcp').replace('verdict=drop, ', ''),
  ]) {
    assert.equal(aclEvent(other), undefined, other);
  }
  assert.equal(aclEvent(line(''))!.source.ip, undefined);
});

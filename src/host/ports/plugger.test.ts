import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BridgePorts } from './plugger.ts';
import type { Switch } from './switch.ts';

test("hosts that share a switch keep their hands off each other's ports of one server", () => {
  // Evacuated to h2 while h1 was away: h1 comes back, and clears away what it had of the server.
  const ids = (host?: string) => ({
    'iface-id': 'port',
    'ovenbird-server': 'server',
    ...(host === undefined ? {} : { 'ovenbird-host': host }),
  });
  const ports = new Map([
    ['tap-new', { device: 'tap-new', externalIds: ids('h2') }],
    ['tap-old', { device: 'tap-old', externalIds: ids('h1') }],
    // Of before hosts were noted there: a switch had one host.
    ['tap-older', { device: 'tap-older', externalIds: ids() }],
  ]);
  const bridge = { ports: () => ports } as unknown as Switch;
  assert.deepEqual(new BridgePorts(bridge, 'h1').devicesOf('server'), ['tap-old', 'tap-older']);
  assert.ok(new BridgePorts(bridge, 'h2').devicesOf('server').includes('tap-new'));
  assert.ok(!new BridgePorts(bridge, 'h2').devicesOf('server').includes('tap-old'));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { habitualUrl } from './habits.ts';

test('paths that clients use by habit lead where things are', () => {
  for (const [asked, found] of [
    ['/v3', '/identity/v3'],
    ['/v3/users?name=a', '/identity/v3/users?name=a'],
    ['/v3x', '/v3x'],
    ['/network/v2.0/floatingip-pools', '/network/v2.0/floatingip_pools'],
    [
      '/network/v2.0/network-segment-ranges/1?a=b_c',
      '/network/v2.0/network_segment_ranges/1?a=b_c',
    ],
    ['/network/v2.0/security_groups?name=a_b', '/network/v2.0/security-groups?name=a_b'],
    ['/network/v2.0/policies/1/tags', '/network/v2.0/qos/policies/1/tags'],
    ['/network/v2.0/networks/a_b', '/network/v2.0/networks/a_b'],
    ['/compute/v2.1/os_x', '/compute/v2.1/os_x'],
    ['/compute/v2.1/', '/compute/v2.1/'],
    ['/compute/v2.1/images/?limit=1', '/compute/v2.1/images/-/-?limit=1'],
    ['/compute/v2.1/servers/1/', '/compute/v2.1/servers/1/'],
  ] as const) {
    assert.equal(habitualUrl(asked), found);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Collections } from '../api/documents.ts';
import { cloudOf } from './cloud.ts';
import { nextStep } from './next-step.ts';
import {
  collections,
  floatingIp,
  legOf,
  network,
  portOf,
  router,
  server,
  subnet,
} from './testing.ts';

const outside = network('public', { 'router:external': true });
const command = (more: Partial<Collections>) => nextStep(cloudOf(collections(more)))?.command;

test('each command of the way from nothing to a server reached from outside is told when its turn comes', () => {
  const image = {
    id: 'i1',
    name: 'busybox',
    status: 'active',
    visibility: 'public',
    owner: null,
    container_format: 'docker',
    disk_format: 'raw',
    size: 1,
    min_disk: 0,
    min_ram: 0,
    created_at: '2026-01-01T00:00:00Z',
  };
  let have: Partial<Collections> = {
    networks: [outside],
    images: [{ ...image, id: 'i0', name: 'broken', status: 'queued' }, image],
    flavors: [
      { id: '2', name: 'm1.large', vcpus: 4, ram: 2048, disk: 9 },
      { id: '1', name: 'm1.tiny', vcpus: 1, ram: 128, disk: 1 },
    ],
  };
  assert.equal(command(have), 'openstack network create private');

  have = { ...have, networks: [outside, network('my net', { subnets: [] })] };
  assert.match(String(command(have)), /^openstack subnet create --network 'my net' /);

  have = {
    ...have,
    networks: [outside, network('my net')],
    subnets: [subnet('my net', '10.0.0.0/24')],
  };
  assert.equal(
    command(have),
    "openstack server create --image busybox --flavor m1.tiny --network 'my net' --wait first",
  );

  const port = portOf('first', 'my net', '10.0.0.5');
  have = { ...have, servers: [server('first')], ports: [port] };
  assert.equal(command(have), 'openstack router create edge');

  have = { ...have, routers: [router('r1')] };
  assert.equal(command(have), 'openstack router set --external-gateway public r1');

  have = { ...have, routers: [router('r1', 'public')] };
  assert.equal(command(have), "openstack router add subnet r1 'my net-subnet'");

  have = { ...have, ports: [port, legOf('r1', 'my net', '10.0.0.1')] };
  assert.equal(command(have), 'openstack floating ip create public');

  have = { ...have, floatingIps: [floatingIp('172.24.4.9', 'public')] };
  assert.equal(command(have), 'openstack server add floating ip first 172.24.4.9');

  have = { ...have, floatingIps: [floatingIp('172.24.4.9', 'public', port)] };
  assert.equal(command(have), undefined);
});

test('a cloud without an outer network is not told to reach for it', () => {
  assert.equal(command({ networks: [network('inner')], servers: [server('first')] }), undefined);
});

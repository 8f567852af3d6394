import path from 'node:path';
import { run } from '../../src/cloud/command.ts';
import { paths, readConfiguration } from '../../src/core/configuration.ts';
import { sleep } from '../../src/core/time.ts';
import { progress, type MeasuredCloud } from '../support/context.ts';
import type { NetworkTarget } from '../support/network-target.ts';
import type { Table } from '../support/table.ts';

const BOUND = 100;

/** Ports that are plugged on the host before they are made: from the request until they are ACTIVE. */
export async function bound({ cloud }: MeasuredCloud, target: NetworkTarget): Promise<Table> {
  progress(`network: ${BOUND} ports that are plugged`);
  const { host } = readConfiguration(cloud.home);
  const database = `unix:${path.join(paths(cloud.home).host(host), 'ovs/db.sock')}`;
  const vsctl = (...words: string[]) =>
    run('ovs-vsctl', [`--db=${database}`, '--no-wait', ...words]);
  const { id } = await target.network('10.130.0.0/16');
  const begin = performance.now();
  const { text } = await target.bulk(id, BOUND);
  const { ports } = JSON.parse(text) as { ports: { id: string }[] };
  const made = performance.now() - begin;
  const names = ports.map((_, index) => `bench${index}`);
  await vsctl(
    ...names.flatMap((name, index) => [
      ...`-- add-port br-int ${name} -- set Interface ${name} type=internal`.split(' '),
      `external_ids:iface-id=${ports[index]!.id}`,
    ]),
  );
  const plugged = performance.now() - begin;
  for (let active = 0; active < BOUND; await sleep(20)) {
    const query = `/ports?network_id=${id}&status=ACTIVE&device_owner=&fields=id`;
    active = (await target.ask('GET', query))['ports'].length;
    if (performance.now() - begin > 120_000) throw new Error(`${active} of ${BOUND} are ACTIVE`);
  }
  const up = performance.now() - begin;
  await vsctl(...names.flatMap((name) => ['--', 'del-port', 'br-int', name]));
  await target.remove(...ports.map((port) => `ports/${port.id}`), `networks/${id}`);
  return {
    title: 'Network: bound ports',
    columns: ['what', 'n', 'answered ms', 'plugged ms', 'all ACTIVE ms'],
    rows: [[`ports in bulk of ${BOUND}, bound`, BOUND, made, plugged, up]],
    notes: [
      'from the request: until its answer, until the host has their interfaces, until the API says ACTIVE of all of them; the last is the work of northd, ovn-controller and Open vSwitch',
    ],
  };
}

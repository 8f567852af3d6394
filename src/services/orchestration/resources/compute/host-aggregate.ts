import type { Value, ValueMap } from '../../language/index.ts';
import {
  checkThing,
  find,
  idOf,
  isFault,
  lacking,
  listOf,
  mapIn,
  show,
  textIn,
  textsIn,
  type Body,
} from '../requests.ts';
import { list, map, named, REQUIRED, text, UPDATABLE } from '../shapes.ts';
import type { ResourceType, Step } from '../type.ts';

const AGGREGATES = '/v2.1/os-aggregates';
const pathIn = (step: Step): string => `${AGGREGATES}/${idOf(step)}`;

async function act(step: Step, id: string, body: Record<string, Value>): Promise<void> {
  try {
    await step.cloud.request('compute', 'POST', `${AGGREGATES}/${id}/action`, { body });
  } catch (error) {
    // It is so already.
    if (!isFault(error, 'conflict', 'notFound')) throw error;
    if (isFault(error, 'notFound') && !('remove_host' in body)) throw error;
  }
}

/** Brings hosts and metadata to what the properties say. */
async function arrange(step: Step, id: string, found: ValueMap, clears: boolean): Promise<void> {
  const wanted = textsIn(step.properties, 'hosts');
  const present = textsIn(found, 'hosts');
  for (const host of lacking(wanted, present)) await act(step, id, { add_host: { host } });
  for (const host of lacking(present, wanted)) await act(step, id, { remove_host: { host } });
  const metadata: Body = { ...mapIn(step.properties, 'metadata') };
  if (clears) {
    for (const key of Object.keys(mapIn(found, 'metadata')))
      if (key !== 'availability_zone') metadata[key] ??= null;
  }
  if (Object.keys(metadata).length > 0) await act(step, id, { set_metadata: { metadata } });
}

export const hostAggregate: ResourceType = {
  name: 'OS::Nova::HostAggregate',
  description: 'A group of hosts, with what the scheduler is told of them. For administrators.',
  support: { version: '6.0.0' },
  properties: {
    name: text('What the aggregate is called.', { ...REQUIRED, ...UPDATABLE }),
    availability_zone: text('The availability zone that its hosts are in.', UPDATABLE),
    hosts: list('Its hosts.', { ...UPDATABLE, items: named('nova.host', 'A host.') }),
    metadata: map('What the scheduler is told of them.', { default: {}, ...UPDATABLE }),
  },
  attributes: {},
  async create(step) {
    const name = textIn(step.properties, 'name') ?? '';
    const body: Body = { name };
    const zone = textIn(step.properties, 'availability_zone');
    if (zone !== undefined) body['availability_zone'] = zone;
    let made: ValueMap | undefined;
    try {
      const reply = await step.cloud.request('compute', 'POST', AGGREGATES, {
        body: { aggregate: body },
      });
      made = (reply.body as { aggregate: ValueMap }).aggregate;
    } catch (error) {
      if (!step.repeated || !isFault(error, 'conflict')) throw error;
      // Its ids are numbers: the name tells which it was.
      const all = await listOf(step, 'compute', AGGREGATES, 'aggregates');
      made = all.find((one) => one['name'] === name);
      if (made === undefined) throw error;
    }
    const id = String(made['id']);
    await step.save({ physicalId: id });
    await arrange(step, id, { hosts: made['hosts'] ?? [] }, false);
  },
  async update(step) {
    const body: Body = {};
    for (const name of ['name', 'availability_zone'])
      if (step.changed.has(name)) body[name] = step.properties[name] ?? null;
    if (Object.keys(body).length > 0)
      await step.cloud.request('compute', 'PUT', pathIn(step), { body: { aggregate: body } });
    if (step.changed.has('hosts') || step.changed.has('metadata')) {
      const found = await show(step, 'compute', pathIn(step), 'aggregate');
      await arrange(step, idOf(step), found, true);
    }
  },
  async delete(step) {
    if (step.physicalId === null) return;
    const found = await find(step, 'compute', pathIn(step), 'aggregate');
    if (found === undefined) return;
    for (const host of textsIn(found, 'hosts'))
      await act(step, idOf(step), { remove_host: { host } });
    try {
      await step.cloud.request('compute', 'DELETE', pathIn(step));
    } catch (error) {
      if (!isFault(error, 'notFound')) throw error;
    }
  },
  check: (step) =>
    checkThing(step, 'host aggregate', () => find(step, 'compute', pathIn(step), 'aggregate')),
  describe: (step) => show(step, 'compute', pathIn(step), 'aggregate'),
};

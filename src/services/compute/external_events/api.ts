import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { operation, type Microversion, type Operation } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { has, type Feature } from '../microversions.ts';
import { loadServers } from '../servers/model.ts';
import { serverOwner } from '../servers/projection.ts';

/** What other services may tell, since when, and whether it needs a tag. */
const EVENTS: Readonly<Record<string, { readonly feature?: Feature; readonly needsTag?: true }>> = {
  'network-changed': {},
  'network-vif-plugged': {},
  'network-vif-unplugged': {},
  'network-vif-deleted': {},
  'volume-extended': { feature: 'eventVolumeExtended', needsTag: true },
  'power-update': { feature: 'eventPowerUpdate', needsTag: true },
  'accelerator-request-bound': { feature: 'eventAcceleratorBound', needsTag: true },
  'volume-reimaged': { feature: 'eventVolumeReimaged', needsTag: true },
};

const Event = Type.Object(
  {
    name: Type.String({ maxLength: 255 }),
    server_uuid: Type.String({ format: 'uuid' }),
    status: Type.Optional(
      Type.Union([Type.Literal('failed'), Type.Literal('completed'), Type.Literal('in-progress')]),
    ),
    tag: Type.Optional(Type.String({ maxLength: 255 })),
  },
  { additionalProperties: false },
);

function knownAt(version: Microversion): string[] {
  return Object.entries(EVENTS)
    .filter(([, { feature }]) => feature === undefined || has(version, feature))
    .map(([name]) => name);
}

/**
 * Events of other services: https://docs.openstack.org/api-ref/compute/#create-external-events-os-server-external-events
 * The network service of this cloud tells compute itself what becomes of ports; whoever else says that something changed
 * has compute look at the server again, its ports and its host. Volumes and accelerators that nobody has change nothing.
 */
export const externalEventOperations = ({
  database,
  projector,
  settler,
}: ComputeContext): Operation[] => [
  operation({
    name: 'create_external_events',
    method: 'POST',
    path: '/v2.1/os-server-external-events',
    summary: 'Tell that something about servers changed elsewhere',
    role: policy.role('os-server-external-events:create'),
    projectScope: false,
    success: 200,
    body: Type.Object(
      { events: Type.Array(Event, { minItems: 1, maxItems: 1000 }) },
      { additionalProperties: false },
    ),
    async handle(request) {
      const given = request.body.events;
      const known = knownAt(request.microversion);
      const unknown = given.find(({ name }) => !known.includes(name));
      if (unknown)
        throw badRequest(
          `Invalid input for field/attribute name. Value: ${unknown.name.slice(0, 100)}. It is one of ${known.join(', ')}.`,
        );
      const servers = await loadServers(database, [
        ...new Set(given.map(({ server_uuid: id }) => id)),
      ]);
      const byId = new Map(servers.map((server) => [server.id, server]));
      const events = given.map((event) => {
        const server = byId.get(event.server_uuid.toLowerCase());
        const lacksTag = EVENTS[event.name]?.needsTag === true && event.tag === undefined;
        const code = !server ? 404 : lacksTag ? 400 : server.host === null ? 422 : 200;
        return { ...event, code, status: code === 200 ? 'completed' : 'failed' };
      });
      for (const { code, server_uuid: id } of events)
        if (code === 200) {
          projector.mark(serverOwner(id));
          settler.mark(id);
        }
      return { status: events.every(({ code }) => code === 200) ? 200 : 207, body: { events } };
    },
  }),
];

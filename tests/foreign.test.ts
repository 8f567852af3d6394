import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { errorOf } from './support/fuzz/answer.ts';
import { populate, type Population } from './support/fuzz/population.ts';
import { idOf, prefixOf } from './support/fuzz/request.ts';
import { startFuzzRoom, type FuzzRoom } from './support/fuzz/room.ts';
import { compareMicroversions, parseMicroversion } from '../src/http/microversions.ts';
import type { Operation, Service } from '../src/services/operation.ts';

let room: FuzzRoom;
let population: Population;
before(async () => {
  room = await startFuzzRoom();
  population = await populate(room);
});
after(() => room.stop());

/** What is everybody's: a member of any project may read it, and whoever knows a password may change it. */
const PUBLIC = [
  /^identity\.(get_region|get_registered_limit|change_password)$/,
  /^image\.get_schema_/,
  /^network\.get_(extension|quota_default)$/,
  /^compute\.(show_flavor|list_extra_specs|show_extra_spec|show_extension|show_default_quota)$/,
];

/** Operations on one resource of a project, or of the cloud's administrators. */
const operationsWithIds = (): { service: Service; operation: Operation; name: string }[] =>
  room.services.flatMap((service) =>
    service.operations
      .map((operation) => ({ service, operation, name: `${service.name}.${operation.name}` }))
      .filter(({ operation }) => operation.path.includes('{')),
  );

const inject = (
  service: Service,
  operation: Operation,
  path: string,
  token: string,
  payload?: unknown,
) =>
  room.app.inject({
    method: operation.method,
    url: `${prefixOf(service)}${path}`,
    headers: {
      'x-auth-token': token,
      ...(service.microversions && {
        'openstack-api-version': `${service.name} ${newest(service, operation)}`,
      }),
      'content-type': mediaTypeOf(operation),
    },
    ...(payload === undefined
      ? {}
      : { payload: Buffer.isBuffer(payload) ? payload : JSON.stringify(payload) }),
  });

/** The newest version that has the operation: some come to an end, perhaps beyond what the service honours. */
const newest = ({ microversions }: Service, { until }: Operation): string =>
  until === undefined || compareMicroversions(parseMicroversion(until)!, microversions!.maximum) > 0
    ? 'latest'
    : until;

const mediaTypeOf = ({ name, bodyKind }: Operation): string => {
  if (bodyKind === 'stream') return 'application/octet-stream';
  return name === 'modify_image'
    ? 'application/openstack-images-v2.1-json-patch'
    : 'application/json';
};

const pathOf = (service: Service, operation: Operation): string =>
  operation.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
    // What the population has none of is asked for by an id that nobody has.
    return encodeURIComponent(
      idOf(service, parameter, population.own) ?? population.own['new_uuid']!,
    );
  });

const CHANGING = /^(compute\.show_(usage|hypervisor_uptime)|orchestration\.list_services)$/;

/** Everything that an administrator reads of the project, one answer an address. */
async function everything(): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (const { service, operation } of operationsWithIds()) {
    // Usage grows while a server runs, a host's clock goes on, an engine's heart beats.
    const name = `${service.name}.${operation.name}`;
    if (operation.method !== 'GET' || CHANGING.test(name)) continue;
    const path = pathOf(service, operation);
    const reply = await inject(service, operation, path, population.tokens.admin!);
    const body = reply.body.replace(/"uptime":"[^"]*"/, '');
    answers.set(`${service.name} ${path}`, `${reply.statusCode} ${body}`);
  }
  return answers;
}

test("another project's resources are not there, whatever is asked of them", async () => {
  const before = await everything();
  const found = [...before.values()].filter((answer) => answer.startsWith('200')).length;
  assert.ok(found > 60, `only ${found} of ${before.size} resources are there to be asked about`);
  const wrong: string[] = [];
  let asked = 0;
  for (const { service, operation, name } of operationsWithIds()) {
    if (PUBLIC.some((pattern) => pattern.test(name))) continue;
    const bodies =
      operation.bodyKind === 'stream'
        ? [Buffer.from('x')]
        : (population.examples[name] ?? [operation.body ? {} : undefined]);
    for (const body of bodies) {
      const path = pathOf(service, operation);
      const reply = await inject(service, operation, path, population.tokens.stranger!, body);
      asked++;
      const said = operation.method === 'HEAD' || errorOf(service.name, reply);
      // A body that is refused before anything is looked up tells nothing either, nor does what is gone for everybody.
      const unread =
        reply.statusCode === 410 ||
        (reply.statusCode === 400 &&
          (!(name in population.examples) ||
            /There is no such action|must have op and path/.test(reply.body)));
      if ((reply.statusCode !== 404 && reply.statusCode !== 403 && !unread) || !said)
        wrong.push(
          `${name}: ${operation.method} ${path}: ${reply.statusCode} ${reply.body.slice(0, 200)}`,
        );
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(asked > 250, `only ${asked} requests`);
  const later = await everything();
  for (const [address, answer] of before) assert.equal(later.get(address), answer, address);
});

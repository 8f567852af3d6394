import { isUuid } from '../../../../core/ids.ts';
import { isMap, type Value, type ValueMap } from '../../language/index.ts';
import { networkOf, itemsOf, sameThing, written } from '../network/siblings.ts';
import {
  checkThing,
  find,
  idOf,
  isFault,
  mapIn,
  physicalName,
  textIn,
  textsIn,
  type Body,
} from '../requests.ts';
import { ResourceFailure, type ResourceType, type Step } from '../type.ts';
import { serverAttribute } from './server-attributes.ts';
import {
  act,
  advance,
  attachNow,
  detachNow,
  findServer,
  inError,
  isActive,
  pathOfServer,
  saveChanges,
  serverOf,
} from './server-changes.ts';
import {
  allocationOf,
  entriesOf,
  networkChanges,
  networksFor,
  ownPorts,
  removePorts,
  type Change,
} from './server-ports.ts';
import { serverAttributes, serverProperties } from './server-properties.ts';
import { validateServer } from './server-rules.ts';
import { userDataFor, type UserDataFormat } from './user-data.ts';

/** Names of servers are names of hosts: no longer than this. */
const NAME_LIMIT = 53;
const MICROVERSION = '2.79';

const nameOf = (step: Step): string =>
  textIn(step.properties, 'name') ?? physicalName(step, NAME_LIMIT);

/** Metadata of servers are texts. */
const serialised = (metadata: ValueMap): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );

/** The text of a software config that `user_data` names by its id. */
async function configText(step: Step, id: string): Promise<string> {
  const path = `/v1/${step.cloud.projectId}/software_configs/${id}`;
  const config = await find(step, 'orchestration', path, 'software_config');
  return config === undefined ? id : String(config['config'] ?? '');
}

/** What tools in the guest are told: where deployments come from. */
async function guestMetadata(step: Step): Promise<ValueMap> {
  if (step.properties['user_data_format'] !== 'SOFTWARE_CONFIG') return step.metadata;
  const collectors = { collectors: ['ec2', 'local'] };
  const metadata: ValueMap = {
    ...step.metadata,
    deployments: step.metadata['deployments'] ?? [],
    'os-collect-config': { ...collectors, ...mapIn(step.metadata, 'os-collect-config') },
  };
  await step.save({ metadata });
  return metadata;
}

async function userData(step: Step): Promise<string> {
  const { properties } = step;
  const given = textIn(properties, 'user_data') ?? '';
  const format = (textIn(properties, 'user_data_format') ?? 'HEAT_CFNTOOLS') as UserDataFormat;
  const content =
    format !== 'HEAT_CFNTOOLS' && isUuid(given) ? await configText(step, given) : given;
  return userDataFor(content, format, await guestMetadata(step));
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');

async function create(step: Step): Promise<void> {
  const { properties } = step;
  const data = await userData(step);
  const groups = textsIn(properties, 'security_groups').map((name) => ({ name }));
  const metadata = mapIn(properties, 'metadata');
  const tags = textsIn(properties, 'tags');
  const given: Readonly<Record<string, Value | undefined>> = {
    imageRef: properties['image'],
    key_name: properties['key_name'],
    user_data: data === '' ? undefined : encoded(data),
    metadata: Object.keys(metadata).length === 0 ? undefined : serialised(metadata),
    security_groups: groups.length === 0 ? undefined : groups,
    availability_zone: properties['availability_zone'],
    config_drive: properties['config_drive'],
    'OS-DCF:diskConfig': properties['diskConfig'],
    adminPass: textIn(properties, 'admin_pass'),
    tags: tags.length === 0 ? undefined : [...new Set(tags)],
  };
  const body: Body = {
    name: nameOf(step),
    flavorRef: properties['flavor'] ?? null,
    networks: await networksFor(step),
  };
  for (const [key, value] of Object.entries(given)) if (value !== undefined) body[key] = value;
  const hints = mapIn(properties, 'scheduler_hints');
  const reply = await step.cloud.request('compute', 'POST', '/v2.1/servers', {
    body: {
      server: body,
      ...(Object.keys(hints).length > 0 && { 'os:scheduler_hints': hints }),
    },
    microversion: MICROVERSION,
    intendedId: step.intendedId,
  });
  const server = isMap(reply.body) ? mapIn(reply.body, 'server') : {};
  await step.save({ physicalId: String(server['id']) });
}

/** Members of the server itself that change at once. */
async function updateNow(step: Step & { readonly changed: ReadonlySet<string> }): Promise<void> {
  const path = pathOfServer(step);
  const { changed, properties } = step;
  if (changed.has('name'))
    await step.cloud.request('compute', 'PUT', path, { body: { server: { name: nameOf(step) } } });
  if (changed.has('metadata'))
    await step.cloud.request('compute', 'PUT', `${path}/metadata`, {
      body: { metadata: serialised(mapIn(properties, 'metadata')) },
    });
  if (changed.has('tags'))
    await step.cloud.request('compute', 'PUT', `${path}/tags`, {
      body: { tags: [...new Set(textsIn(properties, 'tags'))] },
      microversion: MICROVERSION,
    });
  const password = textIn(properties, 'admin_pass');
  if (changed.has('admin_pass') && !changed.has('image') && password !== undefined)
    await act(step, { changePassword: { adminPass: password } });
}

async function rebuildBody(
  step: Step & { readonly changed: ReadonlySet<string> },
): Promise<ValueMap | undefined> {
  const { changed, properties } = step;
  const withData = changed.has('user_data') && properties['user_data_update_policy'] === 'REBUILD';
  if (!changed.has('image') && !withData) return undefined;
  const password = textIn(properties, 'admin_pass');
  return {
    imageRef: properties['image'] ?? null,
    ...(password !== undefined && { adminPass: password }),
    ...(properties['image_update_policy'] === 'REBUILD_PRESERVE_EPHEMERAL' && {
      preserve_ephemeral: true,
    }),
    ...(changed.has('image') && { metadata: serialised(mapIn(properties, 'metadata')) }),
    ...(withData && { user_data: encoded(await userData(step)) }),
  };
}

export const server: ResourceType = {
  name: 'OS::Nova::Server',
  description: 'A server: a container or a virtual machine.',
  properties: serverProperties,
  attributes: serverAttributes,
  validate: validateServer,
  needs(own, others) {
    const entries = itemsOf(written(own, 'networks'));
    if (entries.length === 0) return [];
    return others
      .filter((other) => {
        if (other.type !== 'OS::Neutron::Subnet') return false;
        const network = networkOf(other);
        // A network that is not known yet may be the subnet's.
        return entries.some((entry) => {
          const wanted = entry['network'] ?? entry['uuid'] ?? null;
          return wanted === null || network === null || sameThing(wanted, network);
        });
      })
      .map(({ name }) => name);
  },
  mustReplace({ properties, changed }) {
    const is = (property: string, policy: string): boolean =>
      changed.has(property) && properties[policy] === 'REPLACE';
    return (
      is('flavor', 'flavor_update_policy') ||
      is('image', 'image_update_policy') ||
      is('user_data', 'user_data_update_policy')
    );
  },
  create,
  async isCreated(step) {
    return isActive(await serverOf(step), 'Creating');
  },
  async update(step) {
    await updateNow(step);
    const changes: Change[] = [];
    if (step.changed.has('networks')) {
      const [former, present] = [entriesOf(step.former), entriesOf(step.properties)];
      if (former.length > 0 || present.length > 0)
        changes.push(...(await networkChanges(step, idOf(step), former, present)));
    }
    const flavor = textIn(step.properties, 'flavor');
    if (step.changed.has('flavor') && flavor !== undefined)
      changes.push({ kind: 'resize', flavor });
    const rebuild = await rebuildBody(step);
    if (rebuild !== undefined) changes.push({ kind: 'rebuild', body: rebuild });
    await saveChanges(step, changes);
  },
  isUpdated: advance,
  async delete(step) {
    if (step.physicalId === null) return removePorts(step);
    try {
      await step.cloud.request('compute', 'DELETE', pathOfServer(step));
    } catch (error) {
      if (!isFault(error, 'notFound')) throw error;
    }
  },
  async isDeleted(step) {
    const found = step.physicalId === null ? undefined : await findServer(step);
    const status = found?.['status'];
    if (found !== undefined && status !== 'DELETED' && status !== 'SOFT_DELETED') {
      if (status === 'ERROR' && (found['OS-EXT-STS:task_state'] ?? null) === null)
        throw inError(found, 'Deleting');
      return false;
    }
    await removePorts(step);
    return true;
  },
  async check(step) {
    await checkThing(step, 'server', () => findServer(step));
    const { status } = await serverOf(step);
    if (status !== 'ACTIVE')
      throw new ResourceFailure(`The server is in status ${String(status)}, not ACTIVE.`);
  },
  async suspend(step) {
    if ((await serverOf(step))['status'] !== 'SUSPENDED') await act(step, { suspend: null });
  },
  async isSuspended(step) {
    const found = await serverOf(step);
    const status = String(found['status']);
    return status === 'SUSPENDED' || (status !== 'ACTIVE' && isActive(found, 'Suspending'));
  },
  async resume(step) {
    if ((await serverOf(step))['status'] !== 'ACTIVE') await act(step, { resume: null });
  },
  async isResumed(step) {
    return isActive(await serverOf(step), 'Resuming');
  },
  async snapshot(step) {
    const image = `${physicalName(step)}-snapshot`;
    const { body } = await act(step, { createImage: { name: image } });
    const id = isMap(body) ? textIn(body, 'image_id') : undefined;
    await step.save({ data: { snapshot_image_id: id ?? null } });
  },
  async isSnapshotted(step) {
    const id = step.data['snapshot_image_id'];
    const image =
      id === undefined ? undefined : await find(step, 'image', `/v2/images/${id}`, undefined);
    if (image === undefined || ['deleted', 'killed'].includes(String(image['status'])))
      throw new ResourceFailure('The snapshot failed: its image is not there any more.');
    return image['status'] === 'active';
  },
  restored: (properties, data) =>
    data['snapshot_image_id'] === undefined
      ? properties
      : { ...properties, image: data['snapshot_image_id'] },
  async deleteSnapshot(step) {
    const id = step.data['snapshot_image_id'];
    if (id === undefined) return;
    try {
      await step.cloud.request('image', 'DELETE', `/v2/images/${id}`);
    } catch (error) {
      if (!isFault(error, 'notFound')) throw error;
    }
  },
  async makeWay(step) {
    const found = step.physicalId === null ? undefined : await findServer(step);
    if (found === undefined) return;
    for (const port of portsToPass(step)) await detachNow(step, port);
  },
  async takeBack(step) {
    if (step.physicalId === null || (await findServer(step)) === undefined) return;
    for (const port of portsToPass(step)) await attachNow(step, port);
  },
  async describe(step) {
    const found = await serverOf(step);
    return { ...found, os_collect_config: mapIn(step.metadata, 'os-collect-config') };
  },
  attribute: serverAttribute,
};

/** Ports that a successor will want: those that the template gives, and those of subnets. */
function portsToPass(step: Step): string[] {
  const entries = entriesOf(step.properties);
  if (allocationOf(entries) !== undefined) return [];
  return [
    ...entries.flatMap((entry) => textIn(entry, 'port') ?? []),
    ...ownPorts(step).map(({ id }) => id),
  ];
}

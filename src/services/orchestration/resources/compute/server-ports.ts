import { namedUuid } from '../../../../core/ids.ts';
import { isList, isMap, same, type Value, type ValueMap } from '../../language/index.ts';
import { portBody } from '../network/port.ts';
import {
  isFault,
  listOf,
  mapIn,
  mapsIn,
  show,
  textIn,
  textsIn,
  withoutNulls,
  type Body,
} from '../requests.ts';
import type { Step } from '../type.ts';

/** A port that a server's resource has made for one entry of `networks`. */
export interface OwnPort {
  readonly id: string;
  readonly network: Value;
}

/** Under this key the resource remembers its ports. */
const PORTS = 'internal_ports';

export function ownPorts(step: Pick<Step, 'data'>): readonly OwnPort[] {
  const saved = step.data[PORTS];
  return saved === undefined ? [] : (JSON.parse(saved) as OwnPort[]);
}

export const savePorts = (step: Step, ports: readonly OwnPort[]): Promise<void> =>
  step.save({ data: { [PORTS]: ports.length === 0 ? null : JSON.stringify(ports) } });

/** An entry without what is not given. */
export const entryOf = (network: ValueMap): ValueMap => {
  const { port_extra_properties: extras, ...rest } = withoutNulls(network) as Record<string, Value>;
  return extras === undefined ? rest : { ...rest, port_extra_properties: extras };
};

export const entriesOf = (properties: ValueMap): readonly ValueMap[] =>
  mapsIn(properties, 'networks').map(entryOf);

/** `none` or `auto`, when one entry says so for all. */
export const allocationOf = (entries: readonly ValueMap[]): string | undefined =>
  entries.map((one) => textIn(one, 'allocate_network')).find((one) => one !== undefined);

/** Ids of security groups that are given by name or id. */
async function groupIds(step: Step): Promise<string[]> {
  const wanted = textsIn(step.properties, 'security_groups');
  if (wanted.length === 0) return [];
  const groups = await listOf(step, 'network', '/v2.0/security-groups', 'security_groups', {
    project_id: step.cloud.projectId,
  });
  return wanted.map((one) => {
    const found = groups.find((group) => group['id'] === one || group['name'] === one);
    return String(found?.['id'] ?? one);
  });
}

/** Makes the port for an entry that names a subnet; the same one when asked again. */
export async function makePort(
  step: Step,
  entry: ValueMap,
  index: number,
  ports: OwnPort[],
): Promise<string> {
  const known = ports.find((one) => same(one.network, entry));
  if (known) return known.id;
  const subnet = textIn(entry, 'subnet') ?? '';
  const network =
    textIn(entry, 'network') ??
    String(
      (await show(step, 'network', `/v2.0/subnets/${encodeURIComponent(subnet)}`, 'subnet'))[
        'network_id'
      ],
    );
  const {
    value_specs: specs,
    qos_policy: policy,
    ...extras
  } = mapIn(entry, 'port_extra_properties');
  const address = textIn(entry, 'fixed_ip');
  const body: Body = {
    ...extras,
    ...(isMap(specs) ? specs : {}),
    ...(policy !== undefined && { qos_policy_id: policy }),
    name: `${step.name}-port-${index}`,
    network_id: network,
    fixed_ips: [{ subnet, ...(address !== undefined && { ip_address: address }) }],
  };
  portBody(body);
  const groups = await groupIds(step);
  if (groups.length > 0) body['security_groups'] = groups;
  const intendedId = namedUuid(step.intendedId, JSON.stringify(entry));
  const { body: made } = await step.cloud.request('network', 'POST', '/v2.0/ports', {
    body: { port: body },
    intendedId,
  });
  const document = isMap(made) ? mapIn(made, 'port') : {};
  const id = String(document['id']);
  ports.push({ id, network: entry });
  await savePorts(step, ports);
  return id;
}

/** Makes a floating IP stand for the port of an entry. */
export async function associate(step: Step, entry: ValueMap, port: string): Promise<void> {
  const floating = textIn(entry, 'floating_ip');
  if (floating === undefined) return;
  const address = textIn(entry, 'fixed_ip');
  await step.cloud.request('network', 'PUT', `/v2.0/floatingips/${encodeURIComponent(floating)}`, {
    body: {
      floatingip: { port_id: port, ...(address !== undefined && { fixed_ip_address: address }) },
    },
  });
}

export async function dissociate(step: Step, entry: ValueMap): Promise<void> {
  const floating = textIn(entry, 'floating_ip');
  if (floating === undefined) return;
  try {
    await step.cloud.request(
      'network',
      'PUT',
      `/v2.0/floatingips/${encodeURIComponent(floating)}`,
      {
        body: { floatingip: { port_id: null } },
      },
    );
  } catch (error) {
    if (!isFault(error, 'notFound')) throw error;
  }
}

/** What the compute service is told of networks: `auto`, as its client sends when there are none. */
export async function networksFor(step: Step): Promise<Value> {
  const entries = entriesOf(step.properties);
  const allocation = allocationOf(entries);
  if (entries.length === 0) return 'auto';
  if (allocation !== undefined) return allocation;
  const ports = [...ownPorts(step)];
  const found: Value[] = [];
  for (const [index, entry] of entries.entries()) {
    const port =
      textIn(entry, 'port') ??
      (textIn(entry, 'subnet') === undefined
        ? undefined
        : await makePort(step, entry, index, ports));
    if (port !== undefined) await associate(step, entry, port);
    const tag = textIn(entry, 'tag');
    const address = textIn(entry, 'fixed_ip');
    found.push({
      ...(port === undefined
        ? {
            uuid: textIn(entry, 'network') ?? '',
            ...(address !== undefined && { fixed_ip: address }),
          }
        : { port }),
      ...(tag !== undefined && { tag }),
    });
  }
  return found;
}

/** Removes the ports that the resource has made. */
export async function removePorts(step: Step, ports = ownPorts(step)): Promise<void> {
  for (const { id } of ports) {
    await step.cloud.request('network', 'DELETE', `/v2.0/ports/${id}`).catch((error: unknown) => {
      if (!isFault(error, 'notFound')) throw error;
    });
  }
  if (ports.length > 0) {
    const gone = new Set(ports.map(({ id }) => id));
    await savePorts(
      step,
      ownPorts(step).filter(({ id }) => !gone.has(id)),
    );
  }
}

/** A change of a server that takes its time, one after the other. */
export type Change =
  | { readonly kind: 'detach'; readonly port: string }
  | { readonly kind: 'attach'; readonly attachment: ValueMap }
  | { readonly kind: 'resize'; readonly flavor: string }
  | { readonly kind: 'rebuild'; readonly body: ValueMap };

/** What has to be detached and attached so that the interfaces are those of the present properties. */
export async function networkChanges(
  step: Step,
  server: string,
  former: readonly ValueMap[],
  present: readonly ValueMap[],
): Promise<Change[]> {
  const interfaces = await listOf(
    step,
    'compute',
    `/v2.1/servers/${server}/os-interface`,
    'interfaceAttachments',
  );
  const detach = (port: string): Change => ({ kind: 'detach', port });
  const allocation = allocationOf(present);
  const all = interfaces.map((one) => String(one['port_id']));
  if (allocation === 'none') return all.map(detach);
  if (allocation === 'auto') {
    const topology = await show(
      step,
      'network',
      `/v2.0/auto-allocated-topology/${step.cloud.projectId}`,
      'auto_allocated_topology',
    );
    return [...all.map(detach), { kind: 'attach', attachment: { net_id: topology['id'] ?? null } }];
  }
  const added = [...present];
  const removed = former.filter((entry) => {
    const index = added.findIndex((one) => same(one, entry));
    if (index === -1) return true;
    added.splice(index, 1);
    return false;
  });
  const changes: Change[] = [];
  // Without networks before, the service had chosen.
  if (former.length === 0 || allocationOf(former) !== undefined) {
    if (present.length > 0) changes.push(...all.map(detach));
  } else {
    const own = ownPorts(step);
    const taken = new Set([
      ...own.map(({ id }) => id),
      ...former.flatMap((entry) => textIn(entry, 'port') ?? []),
    ]);
    for (const entry of removed) {
      await dissociate(step, entry);
      const made = own.find(({ network }) => same(network, entry));
      const port =
        textIn(entry, 'port') ??
        made?.id ??
        interfaces
          .map((one) => ({ one, id: String(one['port_id']) }))
          .find(({ one, id }) => {
            const address = textIn(entry, 'fixed_ip');
            const fixed = one['fixed_ips'];
            return (
              !taken.has(id) &&
              one['net_id'] === entry['network'] &&
              (address === undefined ||
                (isList(fixed) &&
                  fixed.some((each) => isMap(each) && each['ip_address'] === address)))
            );
          })?.id;
      if (port === undefined) continue;
      taken.add(port);
      changes.push(detach(port));
    }
  }
  const ports = [...ownPorts(step)];
  if (present.length === 0 && former.length > 0) changes.push({ kind: 'attach', attachment: {} });
  for (const [index, entry] of added.entries()) {
    const port =
      textIn(entry, 'port') ??
      (textIn(entry, 'subnet') === undefined
        ? undefined
        : await makePort(step, entry, index, ports));
    const address = textIn(entry, 'fixed_ip');
    const tag = textIn(entry, 'tag');
    changes.push({
      kind: 'attach',
      attachment: {
        ...(port === undefined
          ? {
              net_id: entry['network'] ?? null,
              ...(address !== undefined && { fixed_ips: [{ ip_address: address }] }),
            }
          : { port_id: port }),
        ...(tag !== undefined && { tag }),
      },
    });
    if (port !== undefined) await associate(step, entry, port);
  }
  return changes;
}

import { isIPv6 } from 'node:net';
import { messageOf } from '../../../../core/errors.ts';
import { isMap, type Value, type ValueMap } from '../../language/index.ts';
import { find, idOf, listOf, mapIn, mapsIn, physicalName, textIn } from '../requests.ts';
import type { Step } from '../type.ts';
import { findServer, pathOfServer } from './server-changes.ts';

/** Kinds of consoles, and the protocol each goes by. */
const CONSOLES: Readonly<Record<string, string>> = {
  novnc: 'vnc',
  xvpvnc: 'vnc',
  'spice-html5': 'spice',
  'rdp-html5': 'rdp',
  serial: 'serial',
  webmks: 'mks',
};

/** The address of each console; why there is none, in its place. */
async function consoleUrls(step: Step): Promise<ValueMap> {
  const urls = await Promise.all(
    Object.entries(CONSOLES).map(async ([type, protocol]): Promise<[string, Value]> => {
      try {
        const { body } = await step.cloud.request(
          'compute',
          'POST',
          `${pathOfServer(step)}/remote-consoles`,
          { body: { remote_console: { protocol, type } }, microversion: '2.8' },
        );
        const made = isMap(body) ? mapIn(body, 'remote_console') : {};
        return [type, made['url'] ?? null];
      } catch (error) {
        return [type, messageOf(error)];
      }
    }),
  );
  return Object.fromEntries(urls);
}

const portsOf = (step: Step): Promise<ValueMap[]> =>
  listOf(step, 'network', '/v2.0/ports', 'ports', { device_id: idOf(step) });

const networkDocument = (step: Step, id: string): Promise<ValueMap | undefined> =>
  find(step, 'network', `/v2.0/networks/${id}`, 'network');

/** Addresses as the ports have them, under both name and id of the network. */
async function addresses(step: Step): Promise<ValueMap> {
  const found: Record<string, Value[]> = {};
  for (const port of await portsOf(step)) {
    const network = String(port['network_id']);
    const document = await networkDocument(step, network);
    const items: Value[] = [];
    for (const fixed of mapsIn(port, 'fixed_ips')) {
      const address = String(fixed['ip_address']);
      const common = {
        version: isIPv6(address) ? 6 : 4,
        'OS-EXT-IPS-MAC:mac_addr': port['mac_address'] ?? null,
      };
      const floating = await listOf(step, 'network', '/v2.0/floatingips', 'floatingips', {
        port_id: String(port['id']),
        fixed_ip_address: address,
      });
      for (const one of floating) {
        items.push({
          addr: one['floating_ip_address'] ?? null,
          ...common,
          'OS-EXT-IPS:type': 'floating',
          port: null,
        });
      }
      const subnet = await find(
        step,
        'network',
        `/v2.0/subnets/${String(fixed['subnet_id'])}`,
        'subnet',
      );
      items.push({
        addr: address,
        ...common,
        'OS-EXT-IPS:type': 'fixed',
        port: port['id'] ?? null,
        subnets: subnet === undefined ? [] : [subnet],
        network: document ?? null,
      });
    }
    for (const key of new Set([network, String(document?.['name'] ?? network)])) {
      found[key] = [...(found[key] ?? []), ...items];
    }
  }
  return found;
}

/** Plain addresses, under both name and id of the network. */
async function networks(step: Step, server: ValueMap): Promise<ValueMap> {
  const named = mapIn(server, 'addresses');
  const plain = (name: string): Value[] => mapsIn(named, name).map((one) => one['addr'] ?? null);
  const found: Record<string, Value> = Object.fromEntries(
    Object.keys(named).map((name) => [name, plain(name)]),
  );
  const ids = new Set((await portsOf(step)).map((port) => String(port['network_id'])));
  for (const id of ids) {
    const name = textIn((await networkDocument(step, id)) ?? {}, 'name');
    if (name !== undefined && Object.hasOwn(found, name)) found[id] = found[name]!;
  }
  return found;
}

/** One attribute of a server; an empty text when the server is not there any more. */
export async function serverAttribute(step: Step, name: string): Promise<Value | undefined> {
  if (step.physicalId === null) return undefined;
  if (name === 'os_collect_config') return mapIn(step.metadata, 'os-collect-config');
  if (name === 'name') return textIn(step.properties, 'name') ?? physicalName(step, 53);
  const server = await findServer(step);
  if (server === undefined) return '';
  switch (name) {
    case 'addresses':
      return addresses(step);
    case 'networks':
      return networks(step, server);
    case 'first_address': {
      const [first] = Object.keys(mapIn(server, 'addresses'));
      const [address] = first === undefined ? [] : mapsIn(mapIn(server, 'addresses'), first);
      return address?.['addr'] ?? '';
    }
    case 'instance_name':
      return server['OS-EXT-SRV-ATTR:instance_name'] ?? null;
    case 'console_urls':
      return consoleUrls(step);
    case 'tags': {
      const { body } = await step.cloud.request('compute', 'GET', `${pathOfServer(step)}/tags`, {
        microversion: '2.26',
      });
      return isMap(body) ? (body['tags'] ?? []) : [];
    }
    default:
      return server[name];
  }
}

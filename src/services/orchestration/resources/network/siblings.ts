import { isMap, same, type Value } from '../../language/index.ts';
import type { Sibling } from '../type.ts';

/**
 * Dependencies that templates leave unsaid, as Heat finds them: a port needs the subnets of its network, a floating
 * IP the router's interface in front of its port. Two values are the same thing when they are the same reference, or
 * the same text; what is not known is nothing's equal.
 */
export type Written = unknown;

/** A property as written, under its name or a former one. */
export function written(sibling: Sibling, ...names: readonly string[]): Written {
  for (const name of names) {
    const value = sibling.properties[name];
    if (value !== undefined && value !== null) return value;
  }
  return null;
}

export const sameThing = (one: Written, other: Written): boolean =>
  one !== null && one !== undefined && other !== null && other !== undefined
    ? same(one as Value, other as Value)
    : false;

/** The items of a list as written. */
export const itemsOf = (value: Written): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((item) => isMap(item)) : [];

/** The resource that a reference names. */
export const referenced = (value: Written): string | undefined =>
  isMap(value) && typeof value['resource'] === 'string' ? value['resource'] : undefined;

const ofType = (others: readonly Sibling[], type: string): readonly Sibling[] =>
  others.filter((one) => one.type === type);
const names = (siblings: readonly Sibling[]): string[] => siblings.map(({ name }) => name);

export const networkOf = (sibling: Sibling): Written => written(sibling, 'network', 'network_id');
export const subnetOf = (sibling: Sibling): Written => written(sibling, 'subnet', 'subnet_id');

/** The subnets of a network: nobody knows beforehand on which of them a port will be. */
export const subnetsOf = (network: Written, others: readonly Sibling[]): string[] =>
  names(
    ofType(others, 'OS::Neutron::Subnet').filter((subnet) => sameThing(networkOf(subnet), network)),
  );

/** The interfaces of a router. */
export const interfacesOf = (router: Written, others: readonly Sibling[]): string[] =>
  names(
    ofType(others, 'OS::Neutron::RouterInterface').filter((one) =>
      sameThing(written(one, 'router', 'router_id'), router),
    ),
  );

/** The gateways that are resources of their own. */
export const gatewaysOf = (router: Written, others: readonly Sibling[]): string[] =>
  names(
    ofType(others, 'OS::Neutron::RouterGateway').filter((one) =>
      sameThing(written(one, 'router_id'), router),
    ),
  );

/** Whatever connects a router with an external network: a floating IP of that network is good for nothing before. */
export const connectionsTo = (network: Written, others: readonly Sibling[]): string[] =>
  names(
    others.filter((one) => {
      if (one.type === 'OS::Neutron::RouterGateway') return sameThing(networkOf(one), network);
      if (one.type !== 'OS::Neutron::Router') return false;
      const gateway = written(one, 'external_gateway_info');
      return isMap(gateway) && sameThing(gateway['network'] ?? null, network);
    }),
  );

/** The routers' interfaces on the subnets of a port that is a resource of the same stack. */
export function interfacesBefore(port: Written, others: readonly Sibling[]): string[] {
  const owner = others.find(
    ({ name, type }) => type === 'OS::Neutron::Port' && name === referenced(port),
  );
  if (!owner) return [];
  const fixed = itemsOf(written(owner, 'fixed_ips'));
  const subnets = fixed.map((item) => item['subnet'] ?? item['subnet_id'] ?? null);
  const onNetwork = new Set(subnetsOf(networkOf(owner), others));
  return names(
    ofType(others, 'OS::Neutron::RouterInterface').filter((one) => {
      const subnet = subnetOf(one);
      return fixed.length > 0
        ? subnets.some((each) => sameThing(each, subnet))
        : onNetwork.has(referenced(subnet) ?? '');
    }),
  );
}

import type { Cloud } from './cloud.ts';
import { nameOf, shellWord } from './words.ts';

/** What a new project lacks, and the command that makes it. */
export interface NextStep {
  readonly sentence: string;
  readonly command: string;
}

const word = (thing: { readonly id: string; readonly name?: string | null }): string =>
  shellWord(thing.name || thing.id);

/**
 * The next command on the way from an empty project to a server that is reached from outside, with the names that
 * are there already. Undefined when the way has been gone.
 */
export function nextStep(cloud: Cloud): NextStep | undefined {
  const outer = cloud.networks.find((network) => network['router:external']);
  const inner = cloud.networks.filter((network) => !network['router:external']);
  const [first] = inner;
  if (first === undefined) {
    return {
      sentence: 'There is no network of your own yet. Servers need one to live in.',
      command: 'openstack network create private',
    };
  }
  const withSubnet = inner.find((network) => network.subnets.length > 0);
  if (withSubnet === undefined) {
    return {
      sentence: `The network ${nameOf(first)} has no subnet: nobody in it can have an address.`,
      command: `openstack subnet create --network ${word(first)} --subnet-range 10.0.0.0/24 ${word(first)}-subnet`,
    };
  }
  if (cloud.servers.length === 0) return firstServer(cloud, withSubnet);
  if (outer === undefined) return undefined;
  const [router] = cloud.routers;
  if (router === undefined) {
    return {
      sentence: `Nothing leads from ${nameOf(withSubnet)} to the outside yet.`,
      command: 'openstack router create edge',
    };
  }
  const routers = cloud.routers;
  if (!routers.some((each) => each.external_gateway_info)) {
    return {
      sentence: `The router ${nameOf(router)} does not lead outside yet.`,
      command: `openstack router set --external-gateway ${word(outer)} ${word(router)}`,
    };
  }
  if (!routers.some((each) => cloud.interfacesOfRouter.has(each.id))) {
    const [subnet] = cloud.subnetsOfNetwork.get(withSubnet.id) ?? [];
    return {
      sentence: `The router ${nameOf(router)} joins no network yet.`,
      command: `openstack router add subnet ${word(router)} ${subnet ? word(subnet) : 'SUBNET'}`,
    };
  }
  return reachFromOutside(cloud, word(outer));
}

function firstServer(cloud: Cloud, network: { id: string; name: string }): NextStep {
  const image = cloud.images.find((each) => each.status === 'active');
  const [flavor] = cloud.flavors;
  return {
    sentence: 'There is no server yet.',
    command: `openstack server create --image ${image ? word(image) : 'IMAGE'} --flavor ${
      flavor ? word(flavor) : 'FLAVOR'
    } --network ${word(network)} --wait first`,
  };
}

function reachFromOutside(cloud: Cloud, outer: string): NextStep | undefined {
  if (cloud.floatingIps.length === 0) {
    return {
      sentence: 'No server has an address that is reached from outside.',
      command: `openstack floating ip create ${outer}`,
    };
  }
  if (cloud.floatingIps.some((floating) => floating.port_id !== null)) return undefined;
  const [free] = cloud.floatingIps;
  const server = cloud.servers.find((each) => each.status === 'ACTIVE') ?? cloud.servers[0];
  if (free === undefined || server === undefined) return undefined;
  return {
    sentence: `The floating IP ${free.floating_ip_address} leads to no server yet.`,
    command: `openstack server add floating ip ${word(server)} ${free.floating_ip_address}`,
  };
}

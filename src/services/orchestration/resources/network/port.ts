import { find, invalid, isUpdate, listIn, mapsIn, show, textIn, type Body } from '../requests.ts';
import {
  format,
  gives,
  hidden,
  list,
  map,
  named,
  oneOf,
  REQUIRED,
  since,
  tags,
  text,
  UPDATABLE,
} from '../shapes.ts';
import type { Value } from '../../language/index.ts';
import type { Step, UpdateStep } from '../type.ts';
import { neutronType } from './neutron.ts';
import { PORT_EXTRAS } from './port-properties.ts';
import { defaultSecurityGroup } from './security-group.ts';
import { networkOf, subnetsOf } from './siblings.ts';

/** Under this key a port that made way keeps its addresses. */
const ADDRESSES = 'fixed_ips';

/** What a port's properties mean in a request: shared with the ports of servers. */
export function portBody(body: Body): void {
  const noAddresses = body['no_fixed_ips'] === true;
  delete body['no_fixed_ips'];
  if (noAddresses) body['fixed_ips'] = [];
  else if (listIn(body, 'fixed_ips').length === 0) {
    // As in Heat: an empty list means "whichever", neither none at creation nor away with them later.
    delete body['fixed_ips'];
  } else {
    body['fixed_ips'] = mapsIn(body, 'fixed_ips').map(({ subnet, ...rest }) => ({
      ...rest,
      ...(subnet !== undefined && { subnet_id: subnet }),
    }));
  }
  if ('allowed_address_pairs' in body) body['allowed_address_pairs'] ??= [];
}

async function bodyOf(body: Body, step: Step | UpdateStep): Promise<void> {
  const emptied = isUpdate(step) && step.changed.has('no_fixed_ips');
  if (emptied && !('fixed_ips' in body) && step.properties['fixed_ips'] !== undefined) {
    body['fixed_ips'] = step.properties['fixed_ips'];
  }
  portBody(body);
  if (body['security_groups'] === null)
    body['security_groups'] = [await defaultSecurityGroup(step)];
}

export const port = neutronType({
  name: 'OS::Neutron::Port',
  description: 'A port of a network, with its addresses and security groups.',
  collection: 'ports',
  member: 'port',
  renamed: { network: 'network_id', qos_policy: 'qos_policy_id' },
  apart: ['replacement_policy'],
  properties: {
    name: text('What the port is called.', UPDATABLE),
    network: named('neutron.network', 'The network that it is on.', {
      ...REQUIRED,
      formerly: ['network_id'],
      ...since('2014.2'),
    }),
    device_id: text('The id of what uses it.', { default: '', ...UPDATABLE }),
    device_owner: text('What kind of thing uses it.', { default: '', ...UPDATABLE }),
    fixed_ips: list('The addresses that it shall have.', {
      ...UPDATABLE,
      items: map('A subnet, an address, or both.', {
        members: {
          subnet: named('neutron.subnet', 'The subnet that gives the address.', {
            formerly: ['subnet_id'],
            ...since('2014.2'),
          }),
          ip_address: text('The address.', format('ip_addr')),
        },
      }),
    }),
    security_groups: list("Security groups; the project's default one without the property.", {
      ...UPDATABLE,
      items: named('neutron.security_group', 'A security group.'),
    }),
    replacement_policy: text('Whether an update makes a new port in any case.', {
      default: 'AUTO',
      ...UPDATABLE,
      ...oneOf('REPLACE_ALWAYS', 'AUTO'),
      ...hidden('9.0.0'),
    }),
    dns_name: text('The name that DNS shall know it by.', {
      ...UPDATABLE,
      ...format('dns_name'),
      ...since('7.0.0'),
    }),
    tags: tags('9.0.0'),
    ...PORT_EXTRAS,
  },
  attributes: {
    admin_state_up: gives.text('Whether traffic passes.'),
    device_id: gives.text('The id of what uses it.'),
    device_owner: gives.text('What kind of thing uses it.'),
    fixed_ips: gives.list('Its addresses, each with its subnet.'),
    mac_address: gives.text('Its MAC address.'),
    name: gives.text('The name.'),
    network_id: gives.text('The id of its network.'),
    security_groups: gives.list('The ids of its security groups.'),
    status: gives.text('ACTIVE once it is in use, DOWN before.'),
    tenant_id: gives.text('The project that owns it.'),
    allowed_address_pairs: gives.list('Further addresses behind it.'),
    subnets: gives.list('The documents of its subnets.'),
    port_security_enabled: gives.yesNo('Whether addresses are checked.', since('5.0.0')),
    qos_policy_id: gives.text('The id of its QoS policy.', since('6.0.0')),
    dns_assignment: gives.map('What DNS knows of it.', since('7.0.0')),
    network: gives.map('The document of its network.', since('11.0.0')),
    propagate_uplink_status: gives.yesNo(
      "Whether the uplink's state is passed on.",
      since('15.0.0'),
    ),
  },
  validate(properties) {
    if (listIn(properties, 'fixed_ips').length > 0 && properties['no_fixed_ips'] === true)
      throw invalid('Give either fixed_ips or no_fixed_ips, not both.');
  },
  needs: (own, others) => subnetsOf(networkOf(own), others),
  mustReplace: ({ properties }) => properties['replacement_policy'] === 'REPLACE_ALWAYS',
  body: bodyOf,
  async makeWay(step) {
    const path = `/v2.0/ports/${step.physicalId ?? ''}`;
    const found = step.physicalId === null ? undefined : await find(step, 'network', path, 'port');
    if (found === undefined) return;
    const addresses = JSON.stringify(found['fixed_ips'] ?? []);
    // Asked again it has none any more: what was written down first counts.
    if (step.data[ADDRESSES] === undefined) await step.save({ data: { [ADDRESSES]: addresses } });
    await step.cloud.request('network', 'PUT', path, { body: { port: { fixed_ips: [] } } });
  },
  async takeBack(step) {
    const addresses = step.data[ADDRESSES];
    if (addresses === undefined || step.physicalId === null) return;
    await step.cloud.request('network', 'PUT', `/v2.0/ports/${step.physicalId}`, {
      body: { port: { fixed_ips: JSON.parse(addresses) as Value } },
    });
    await step.save({ data: { [ADDRESSES]: null } });
  },
  computed: {
    network: (step, document) =>
      show(step, 'network', `/v2.0/networks/${String(document['network_id'])}`, 'network'),
    async subnets(step, document) {
      const ids = mapsIn(document, 'fixed_ips').flatMap((one) => textIn(one, 'subnet_id') ?? []);
      const found = await Promise.all(
        ids.map((id) => find(step, 'network', `/v2.0/subnets/${id}`, 'subnet')),
      );
      return found.filter((one) => one !== undefined);
    },
  },
});

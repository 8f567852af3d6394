import { invalid, isUpdate } from '../requests.ts';
import { format, gives, named, REQUIRED, since, text, UPDATABLE, valueSpecs } from '../shapes.ts';
import { neutronType } from './neutron.ts';
import { connectionsTo, interfacesBefore, written } from './siblings.ts';

export const floatingIp = neutronType({
  name: 'OS::Neutron::FloatingIP',
  description: "An address of an external network, which may stand for a port's.",
  collection: 'floatingips',
  member: 'floatingip',
  renamed: { floating_network: 'floating_network_id', floating_subnet: 'subnet_id' },
  properties: {
    floating_network: named('neutron.network', 'The external network.', {
      ...REQUIRED,
      formerly: ['floating_network_id'],
      ...since('2014.2'),
    }),
    floating_subnet: named('neutron.subnet', 'The subnet that gives the address.', since('9.0.0')),
    value_specs: valueSpecs(),
    port_id: named('neutron.port', 'The port that it stands for.', UPDATABLE),
    fixed_ip_address: text("The port's address, when it has several.", {
      ...UPDATABLE,
      ...format('ip_addr'),
    }),
    floating_ip_address: text('The address that it shall be; for administrators.', {
      ...format('ip_addr'),
      ...since('5.0.0'),
    }),
    dns_name: text('The name that DNS shall know it by.', {
      ...UPDATABLE,
      ...format('rel_dns_name'),
      ...since('7.0.0'),
    }),
    dns_domain: text('The DNS zone, with a dot at the end.', {
      ...UPDATABLE,
      ...format('dns_domain'),
      ...since('7.0.0'),
    }),
  },
  attributes: {
    router_id: gives.text('The router that translates it, once it stands for a port.'),
    tenant_id: gives.text('The project that owns it.'),
    floating_network_id: gives.text('The id of its external network.'),
    fixed_ip_address: gives.text("The port's address."),
    floating_ip_address: gives.text('The address.'),
    port_id: gives.text('The id of the port that it stands for.'),
  },
  validate({ fixed_ip_address: address, port_id: port }) {
    if (address && port === undefined) throw invalid('fixed_ip_address needs a port_id.');
  },
  needs: (own, others) => [
    ...connectionsTo(written(own, 'floating_network', 'floating_network_id'), others),
    ...interfacesBefore(written(own, 'port_id'), others),
  ],
  body(body, step) {
    if (!isUpdate(step)) return;
    // The API wants both: an address alone would take the port away, or keep the former one.
    body['port_id'] = step.properties['port_id'] ?? null;
    body['fixed_ip_address'] = step.properties['fixed_ip_address'] ?? null;
    // A floating IP's names are given when it is made.
    delete body['dns_name'];
    delete body['dns_domain'];
  },
});

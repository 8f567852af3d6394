import { invalid } from '../requests.ts';
import { between, integer, named, oneOf, REQUIRED, text, UPDATABLE } from '../shapes.ts';
import { neutronType } from './neutron.ts';
import { NETWORK_TYPES } from './provider-net.ts';

const NEEDS_PHYSICAL = ['flat', 'vlan'];
const TUNNELS = ['vxlan', 'gre', 'geneve'];

export const segment = neutronType({
  name: 'OS::Neutron::Segment',
  description: 'A segment of a network: the part of it on one physical network.',
  support: { version: '9.0.0' },
  collection: 'segments',
  member: 'segment',
  renamed: { network: 'network_id' },
  properties: {
    network: named('neutron.network', 'The network.', REQUIRED),
    network_type: text('How it is carried on the wire.', {
      ...REQUIRED,
      ...oneOf(...NETWORK_TYPES),
    }),
    physical_network: text('The physical network.'),
    segmentation_id: integer('The VLAN, or the tunnel’s number.', between(1)),
    name: text('What the segment is called.', UPDATABLE),
    description: text('A description.', UPDATABLE),
  },
  attributes: {},
  validate(properties) {
    const { physical_network: physical, segmentation_id: id } = properties;
    const type = String(properties['network_type'] ?? '');
    if (NEEDS_PHYSICAL.includes(type) && physical === undefined)
      throw invalid(`A segment of type ${type} needs a physical_network.`);
    if (type === 'vlan' && id === undefined)
      throw invalid('A segment of type vlan needs a segmentation_id.');
    if ((type === 'local' || type === 'flat') && id)
      throw invalid(`A segment of type ${type} has no segmentation_id.`);
    if (TUNNELS.includes(type) && physical)
      throw invalid(`A segment of type ${type} has no physical_network.`);
    if (type === 'vlan' && Number(id) > 4094) throw invalid('There are VLANs from 1 to 4094 only.');
  },
});

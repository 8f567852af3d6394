import { find, idOf, lacking, mapsIn } from '../requests.ts';
import {
  between,
  gives,
  integer,
  list,
  map,
  named,
  oneOf,
  REQUIRED,
  text,
  UPDATABLE,
  yesNo,
} from '../shapes.ts';
import { ResourceFailure, type Step } from '../type.ts';
import { neutronType } from './neutron.ts';

async function isBuilt(step: Step): Promise<boolean> {
  const found = await find(step, 'network', `/v2.0/trunks/${idOf(step)}`, 'trunk');
  if (!found) throw new ResourceFailure(`The trunk ${idOf(step)} is not there any more.`);
  const { status } = found;
  if (status === 'ERROR' || status === 'DEGRADED')
    throw new ResourceFailure(`The trunk ${idOf(step)} is in status ${status}.`);
  return status !== 'BUILD';
}

export const trunk = neutronType({
  name: 'OS::Neutron::Trunk',
  description: 'A trunk: one port of a server that carries further ports as VLANs.',
  support: { version: '9.0.0' },
  collection: 'trunks',
  member: 'trunk',
  renamed: { port: 'port_id' },
  properties: {
    name: text('What the trunk is called.', UPDATABLE),
    port: named('neutron.port', 'The port that carries the others.', {
      ...REQUIRED,
      immutable: true,
    }),
    sub_ports: list('The ports that are carried.', {
      ...UPDATABLE,
      items: map('A port and its VLAN.', {
        members: {
          port: named('neutron.port', 'The port.', REQUIRED),
          segmentation_type: text('How it is told from the others.', {
            ...REQUIRED,
            ...oneOf('vlan'),
          }),
          segmentation_id: integer('The VLAN.', { ...REQUIRED, ...between(1, 4094) }),
        },
      }),
    }),
    description: text('A description.', UPDATABLE),
    admin_state_up: yesNo('Whether it may be changed and carries traffic.', UPDATABLE),
  },
  attributes: { port_id: gives.text('The id of the port that carries the others.') },
  isCreated: isBuilt,
  isUpdated: isBuilt,
  body(body, step) {
    const subPorts = mapsIn(step.properties, 'sub_ports');
    if ('changed' in step) delete body['sub_ports'];
    else if (subPorts.length > 0)
      body['sub_ports'] = subPorts.map(({ port, ...rest }) => ({ ...rest, port_id: port ?? null }));
  },
  async changed(step) {
    if (!step.changed.has('sub_ports')) return;
    const path = `/v2.0/trunks/${idOf(step)}`;
    const found = await find(step, 'network', path, 'trunk');
    const present = mapsIn(found ?? {}, 'sub_ports').map((one) => ({
      port_id: one['port_id'] ?? null,
      segmentation_type: one['segmentation_type'] ?? null,
      segmentation_id: one['segmentation_id'] ?? null,
    }));
    const wanted = mapsIn(step.properties, 'sub_ports').map((one) => ({
      port_id: one['port'] ?? null,
      segmentation_type: one['segmentation_type'] ?? null,
      segmentation_id: one['segmentation_id'] ?? null,
    }));
    // A port is carried once only: first away, then in its new place.
    const away = lacking(present, wanted).map(({ port_id }) => ({ port_id }));
    const added = lacking(wanted, present);
    if (away.length > 0)
      await step.cloud.request('network', 'PUT', `${path}/remove_subports`, {
        body: { sub_ports: away },
      });
    if (added.length > 0)
      await step.cloud.request('network', 'PUT', `${path}/add_subports`, {
        body: { sub_ports: added },
      });
  },
});

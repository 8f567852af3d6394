import { oneOf } from '../attributes/types.ts';

/** How a server may be connected to a port (Neutron's list); hosts here can do the first. */
export const vnicType = oneOf(
  'normal',
  'direct',
  'macvtap',
  'baremetal',
  'direct-physical',
  'virtio-forwarder',
  'smart-nic',
  'vdpa',
  'accelerator-direct',
  'accelerator-direct-physical',
  'remote-managed',
);

/** What of a port says how it is bound. */
export interface Bound {
  readonly binding_host_id: string;
  readonly binding_failed: boolean;
  readonly binding_profile: Record<string, unknown>;
}

/** What ML2/OVN says of every port that it bound. */
export const VIF_DETAILS = {
  port_filter: true,
  connectivity: 'l2',
  bridge_name: 'br-int',
  datapath_type: 'netdev',
};

/** Kind of interface by which the host connects the port. */
export function vifType(port: Bound): 'ovs' | 'unbound' | 'binding_failed' {
  if (port.binding_host_id !== '') return port.binding_failed ? 'binding_failed' : 'ovs';
  // A trunk's subport goes where its parent goes and has no host of its own.
  return port.binding_profile['parent_name'] === undefined ? 'unbound' : 'ovs';
}

/** The attributes of a port that follow from its binding. */
export function bindingView(port: Bound) {
  const type = vifType(port);
  return {
    'binding:vif_type': type,
    'binding:vif_details': type === 'ovs' ? VIF_DETAILS : {},
  };
}

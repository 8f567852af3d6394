import type { Properties } from '../property.ts';
import {
  format,
  list,
  map,
  named,
  oneOf,
  REQUIRED,
  since,
  text,
  UPDATABLE,
  valueSpecs,
  yesNo,
} from '../shapes.ts';

/** Properties that ports have, and the ports that servers make for themselves. */
export const PORT_EXTRAS: Properties = {
  value_specs: valueSpecs(UPDATABLE),
  admin_state_up: yesNo('Whether traffic passes.', { default: true, ...UPDATABLE }),
  mac_address: text('The MAC address; one is made up without it.', format('mac_addr')),
  allowed_address_pairs: list('Further addresses that may be used behind the port.', {
    ...UPDATABLE,
    items: map('An address, and perhaps its MAC address.', {
      members: {
        mac_address: text("The MAC address; the port's own without it.", format('mac_addr')),
        ip_address: text('The address or CIDR.', { ...REQUIRED, ...format('ip_or_cidr') }),
      },
    }),
  }),
  'binding:vnic_type': text('The kind of interface.', {
    default: 'normal',
    ...UPDATABLE,
    ...oneOf(
      'normal',
      'direct',
      'macvtap',
      'direct-physical',
      'baremetal',
      'virtio-forwarder',
      'smart-nic',
    ),
    ...since('2015.1'),
  }),
  port_security_enabled: yesNo('Whether addresses are checked and security groups hold.', {
    ...UPDATABLE,
    ...since('5.0.0'),
  }),
  qos_policy: named('neutron.qos_policy', 'The QoS policy.', { ...UPDATABLE, ...since('6.0.0') }),
  propagate_uplink_status: yesNo("Whether the uplink's state is passed on.", {
    ...UPDATABLE,
    ...since('15.0.0'),
  }),
  no_fixed_ips: yesNo('No address at all.', {
    default: false,
    ...UPDATABLE,
    ...since('16.0.0'),
  }),
};

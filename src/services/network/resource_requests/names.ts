/** A name as the rest of a custom trait's: capital letters, digits and underscores (os-traits' `normalize_name`). */
const custom = (name: string): string =>
  `CUSTOM_${name.replaceAll(/[^0-9A-Za-z]+/g, '_').toUpperCase()}`;

/** The trait of what is connected to a physical network. */
export const physicalNetworkTrait = (name: string): string => custom(`PHYSNET_${name}`);

/** The trait of what serves ports of this `binding:vnic_type`. */
export const vnicTypeTrait = (type: string): string => custom(`VNIC_TYPE_${type}`);

/** The resource class of each direction's bandwidth. */
export const BANDWIDTH_CLASSES = {
  egress: 'NET_BW_EGR_KILOBIT_PER_SEC',
  ingress: 'NET_BW_IGR_KILOBIT_PER_SEC',
} as const;

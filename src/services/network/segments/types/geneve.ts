import type { TypeDriverMaker } from '../../drivers/type-driver.ts';
import { tunnelMtu } from '../../options.ts';
import { readTunnelRanges } from './ranges.ts';
import { tunnelType } from './tunnel.ts';

/** Numbers have 24 bits (RFC 8926 §3.4). */
const MAXIMUM = 2 ** 24 - 1;

/** Tunnels between hosts by OVN; options `vni_ranges`, `max_header_size`, `overlay_ip_version`. */
export const geneve: TypeDriverMaker = (options) =>
  tunnelType({
    name: 'geneve',
    maximum: MAXIMUM,
    ranges: readTunnelRanges('vni_ranges', options.vni_ranges, MAXIMUM),
    mtu: tunnelMtu(options),
  });

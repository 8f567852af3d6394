import { externalId, textOf, type RowRule } from '../northbound/rows.ts';

const GATEWAY = /^(?:in|out)port == "([0-9a-f-]{36})"$/;

/** Rows of OVN's QoS table: what they match is their key; they say whose they are as ML2/OVN writes it. */
export const qosRows: RowRule = {
  table: 'QoS',
  recognise(row) {
    const match = textOf(row, 'match');
    const port = externalId(row, 'neutron:port_id');
    if (port !== undefined) return { key: match, owner: `port:${port}` };
    const floating = externalId(row, 'neutron:fip_id');
    if (floating !== undefined) return { key: match, owner: `floatingip:${floating}` };
    if (externalId(row, 'neutron:router_id') === undefined) return undefined;
    // A gateway's rows belong to its port.
    const gateway = GATEWAY.exec(match)?.[1];
    return gateway === undefined ? undefined : { key: match, owner: `port:${gateway}` };
  },
};

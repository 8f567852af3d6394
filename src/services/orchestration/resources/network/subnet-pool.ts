import { BlockList } from 'node:net';
import { invalid, isUpdate, textsIn } from '../requests.ts';
import {
  between,
  format,
  integer,
  list,
  named,
  REQUIRED,
  sized,
  tags,
  text,
  UPDATABLE,
  yesNo,
} from '../shapes.ts';
import { neutronType } from './neutron.ts';

/** Whether every former prefix lies in the present ones: pools only grow. */
function covers(former: readonly string[], present: readonly string[]): boolean {
  const blocks = new BlockList();
  const split = (cidr: string) => {
    const [address = '', length = ''] = cidr.split('/');
    return [address, Number(length), address.includes(':') ? 'ipv6' : 'ipv4'] as const;
  };
  for (const cidr of present) blocks.addSubnet(...split(cidr));
  // The first address and the shorter prefix: what lies in no single prefix may still lie in two; the service decides.
  return former.every((cidr) => {
    const [address, , family] = split(cidr);
    return blocks.check(address, family);
  });
}

export const subnetPool = neutronType({
  name: 'OS::Neutron::SubnetPool',
  description: 'A pool that subnets get their CIDR from.',
  support: { version: '6.0.0' },
  collection: 'subnetpools',
  member: 'subnetpool',
  renamed: { address_scope: 'address_scope_id' },
  properties: {
    name: text('What the pool is called.', UPDATABLE),
    prefixes: list('The CIDRs that it divides; may only grow.', {
      ...REQUIRED,
      ...UPDATABLE,
      ...sized(1),
      items: text('A CIDR.', format('net_cidr')),
    }),
    address_scope: named('neutron.address_scope', 'The scope that it belongs to.', UPDATABLE),
    default_quota: integer('How many addresses one project may take.', {
      ...UPDATABLE,
      ...between(0),
    }),
    default_prefixlen: integer('The length of prefix when none is asked for.', {
      ...UPDATABLE,
      ...between(0),
    }),
    min_prefixlen: integer('The shortest prefix that may be asked for.', {
      ...UPDATABLE,
      ...between(0),
    }),
    max_prefixlen: integer('The longest prefix that may be asked for.', {
      ...UPDATABLE,
      ...between(0),
    }),
    is_default: yesNo('Whether subnets come from it when no pool is named.', {
      default: false,
      ...UPDATABLE,
    }),
    tenant_id: text('The project that shall own it; only administrators may name another one.'),
    shared: yesNo('Whether all projects may use it; for administrators.', { default: false }),
    tags: tags('9.0.0'),
  },
  attributes: {},
  validate(properties) {
    const lengths = ['min_prefixlen', 'default_prefixlen', 'max_prefixlen'] as const;
    for (const [index, lower] of lengths.entries()) {
      for (const upper of lengths.slice(index + 1)) {
        const [small, great] = [properties[lower], properties[upper]];
        if (small && great && small > great)
          throw invalid(`${lower} (${String(small)}) is greater than ${upper} (${String(great)}).`);
      }
    }
  },
  body(_, step) {
    if (!isUpdate(step) || !step.changed.has('prefixes')) return;
    const [former, present] = [
      textsIn(step.former, 'prefixes'),
      textsIn(step.properties, 'prefixes'),
    ];
    if (!covers(former, present))
      throw invalid(`prefixes may only grow: ${former.join(', ')} must stay in it.`);
  },
});

import type { Value, ValueMap } from '../../language/index.ts';
import { find, idOf, invalid, isFault, listOf, mapsIn, type Body } from '../requests.ts';
import { between, format, integer, list, map, named, oneOf, text, UPDATABLE } from '../shapes.ts';
import type { Step } from '../type.ts';
import { neutronType } from './neutron.ts';

/** The id of the project's group `default`. */
export async function defaultSecurityGroup(step: Pick<Step, 'cloud'>): Promise<string> {
  const [found] = await listOf(step, 'network', '/v2.0/security-groups', 'security_groups', {
    name: 'default',
    project_id: step.cloud.projectId,
  });
  return String(found?.['id'] ?? 'default');
}

/** What lets everything out: what a group has until its template says something of egress. */
const EGRESS: readonly ValueMap[] = [
  { direction: 'egress', ethertype: 'IPv4' },
  { direction: 'egress', ethertype: 'IPv6' },
];

/** A rule as the API wants it. */
function ruleBody(rule: ValueMap, group: string): Body {
  const { remote_mode: mode, ...rest } = rule;
  const body: Body = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== null && value !== undefined),
  );
  body['security_group_id'] = group;
  if (mode === 'remote_group_id') {
    delete body['remote_ip_prefix'];
    // Without a group it is this very one.
    body['remote_group_id'] ??= group;
  } else delete body['remote_group_id'];
  return body;
}

async function addRules(step: Step, group: string, rules: readonly ValueMap[]): Promise<void> {
  const bodies = rules.map((rule) => ruleBody(rule, group));
  if (bodies.length === 0) return;
  const post = (body: Value) =>
    step.cloud.request('network', 'POST', '/v2.0/security-group-rules', { body });
  try {
    await post({ security_group_rules: bodies });
  } catch (error) {
    if (!isFault(error, 'conflict')) throw error;
    // Some of them are there already: all that are not.
    for (const body of bodies) {
      await post({ security_group_rule: body }).catch((one: unknown) => {
        if (!isFault(one, 'conflict') || one.type?.startsWith('OverQuota')) throw one;
      });
    }
  }
}

/** Makes the group's rules those of the template, from whatever they are. */
async function setRules(step: Step, group: string): Promise<void> {
  const wanted = mapsIn(step.properties, 'rules');
  const hasEgress = wanted.some((rule) => rule['direction'] === 'egress');
  const found = await find(step, 'network', `/v2.0/security-groups/${group}`, 'security_group');
  const isDefault = (rule: ValueMap): boolean =>
    rule['direction'] === 'egress' &&
    [rule['protocol'], rule['remote_ip_prefix'], rule['remote_group_id']].every(
      (value) => value === null || value === undefined,
    );
  const present = found ? mapsIn(found, 'security_group_rules') : [];
  for (const rule of present) {
    if (!hasEgress && isDefault(rule)) continue;
    await step.cloud
      .request('network', 'DELETE', `/v2.0/security-group-rules/${String(rule['id'])}`)
      .catch((error: unknown) => {
        if (!isFault(error, 'notFound')) throw error;
      });
  }
  const kept = present.filter(isDefault);
  const missing = EGRESS.filter(
    ({ ethertype }) => !kept.some((rule) => rule['ethertype'] === ethertype),
  );
  await addRules(step, group, [...(hasEgress ? [] : missing), ...wanted]);
}

export const securityGroup = neutronType({
  name: 'OS::Neutron::SecurityGroup',
  description: 'A security group with its rules.',
  support: { version: '2014.1' },
  collection: 'security-groups',
  member: 'security_group',
  apart: ['rules'],
  properties: {
    name: text('What the group is called; anything but "default".', UPDATABLE),
    description: text('A description.', UPDATABLE),
    rules: list('What may pass. One rule for egress replaces the two that let everything out.', {
      default: [],
      ...UPDATABLE,
      items: map('A rule.', {
        members: {
          direction: text("Seen from the port's device.", {
            default: 'ingress',
            ...oneOf('ingress', 'egress'),
          }),
          ethertype: text('The family of addresses.', {
            default: 'IPv4',
            ...oneOf('IPv4', 'IPv6'),
          }),
          port_range_min: integer("The first port, or ICMP's type.", between(0, 65535)),
          port_range_max: integer("The last port, or ICMP's code.", between(0, 65535)),
          protocol: text('The protocol, by name or number; any without it.'),
          remote_mode: text('Which of the two remote properties counts.', {
            default: 'remote_ip_prefix',
            ...oneOf('remote_ip_prefix', 'remote_group_id'),
          }),
          remote_group_id: named(
            'neutron.security_group',
            'The members of this group; the group itself without it.',
          ),
          remote_ip_prefix: text('This CIDR.', format('net_cidr')),
        },
      }),
    }),
  },
  attributes: {},
  validate({ name }) {
    if (name === 'default')
      throw invalid(
        'A security group cannot be named "default": every project has that one already.',
      );
  },
  async made(step, id) {
    const rules = mapsIn(step.properties, 'rules');
    // A new group has what lets everything out already.
    if (rules.some((rule) => rule['direction'] === 'egress')) await setRules(step, id);
    else await addRules(step, id, rules);
  },
  async changed(step) {
    if (step.changed.has('rules')) await setRules(step, idOf(step));
  },
});

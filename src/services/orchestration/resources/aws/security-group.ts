import type { ValueMap } from '../../language/index.ts';
import { securityGroup } from '../network/security-group.ts';
import { mapsIn } from '../requests.ts';
import { list, map, REQUIRED, text, UPDATABLE } from '../shapes.ts';
import type { ResourceType, Step } from '../type.ts';
import { given, withProperties, withUpdate } from './wrap.ts';

const rule = map('A rule.', {
  members: {
    CidrIp: text('This CIDR.'),
    FromPort: text("The first port, or ICMP's type; -1: any."),
    ToPort: text("The last port, or ICMP's code; -1: any."),
    IpProtocol: text('The protocol; -1: any.'),
    SourceSecurityGroupId: text('The members of this group.'),
    SourceSecurityGroupName: text('The members of the group of this name or id.'),
  },
});

function ruleOf(one: ValueMap, direction: 'ingress' | 'egress'): ValueMap {
  const port = (value: unknown): number | undefined =>
    value === undefined || value === null || Number(value) < 0 ? undefined : Number(value);
  const group = one['SourceSecurityGroupId'] ?? one['SourceSecurityGroupName'];
  const protocol = one['IpProtocol'];
  return given({
    direction,
    ethertype: 'IPv4',
    protocol: protocol === '-1' ? undefined : protocol,
    port_range_min: port(one['FromPort']),
    port_range_max: port(one['ToPort']),
    ...(group === undefined || group === null
      ? { remote_mode: 'remote_ip_prefix', remote_ip_prefix: one['CidrIp'] }
      : { remote_mode: 'remote_group_id', remote_group_id: group }),
  });
}

/** The same group in OpenStack's words. */
const translated = (properties: ValueMap): ValueMap =>
  given({
    description: properties['GroupDescription'],
    rules: [
      ...mapsIn(properties, 'SecurityGroupIngress').map((one) => ruleOf(one, 'ingress')),
      ...mapsIn(properties, 'SecurityGroupEgress').map((one) => ruleOf(one, 'egress')),
    ],
  });

const of = (step: Step): Step => withProperties(step, translated(step.properties));

export const awsSecurityGroup: ResourceType = {
  name: 'AWS::EC2::SecurityGroup',
  description: 'A security group, in the words of Amazon.',
  properties: {
    GroupDescription: text('A description.', REQUIRED),
    VpcId: text('The network; groups hold for all of a project.'),
    SecurityGroupIngress: list('What may come in.', { ...UPDATABLE, items: rule }),
    SecurityGroupEgress: list('What may go out; everything without it.', {
      ...UPDATABLE,
      items: rule,
    }),
  },
  attributes: {},
  create: (step) => securityGroup.create(of(step)),
  update: (step) => securityGroup.update!(withUpdate(step, translated)),
  delete: (step) => securityGroup.delete!(of(step)),
  isDeleted: (step) => securityGroup.isDeleted!(of(step)),
  check: (step) => securityGroup.check!(of(step)),
  describe: (step) => securityGroup.describe!(of(step)),
};

import type { TemplateDocument } from './stack-target.ts';

const VERSION = '2021-04-16';

/** A network, a subnet in it, a port on that, a router and its interface. */
export const NETWORKING: TemplateDocument = {
  heat_template_version: VERSION,
  resources: {
    net: { type: 'OS::Neutron::Net' },
    subnet: {
      type: 'OS::Neutron::Subnet',
      properties: { network: { get_resource: 'net' }, cidr: '10.132.0.0/24' },
    },
    port: {
      type: 'OS::Neutron::Port',
      properties: {
        network: { get_resource: 'net' },
        fixed_ips: [{ subnet: { get_resource: 'subnet' } }],
      },
    },
    router: { type: 'OS::Neutron::Router' },
    interface: {
      type: 'OS::Neutron::RouterInterface',
      properties: { router: { get_resource: 'router' }, subnet: { get_resource: 'subnet' } },
    },
  },
};

/** So many resources of a type, none of which needs another. */
export const manyOf = (
  type: string,
  count: number,
  properties: Readonly<Record<string, unknown>>,
): TemplateDocument => ({
  heat_template_version: VERSION,
  resources: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`one_${index}`, { type, properties }]),
  ),
});

/**
 * A template of so many lines as people write them: parameters, a condition, ports that take their values from parameters,
 * functions and each other, groups of rules, outputs.
 */
export function longTemplate(lines: number): string {
  const head = [
    `heat_template_version: ${VERSION}`,
    'description: A template of many lines',
    'parameters:',
    '  prefix: { type: string, default: bench, description: What all names begin with }',
    '  network: { type: string, default: private }',
    '  open: { type: boolean, default: true }',
    'conditions:',
    '  is_open: { equals: [{ get_param: open }, true] }',
    'resources:',
  ];
  const outputs = ['outputs:'];
  const body: string[] = [];
  for (let index = 0; head.length + body.length + outputs.length < lines; index++) {
    body.push(
      `  group_${index}:`,
      '    type: OS::Neutron::SecurityGroup',
      '    properties:',
      `      name: { str_replace: { template: $prefix-group-${index}, params: { $prefix: { get_param: prefix } } } }`,
      '      rules:',
      '        - protocol: tcp',
      '          port_range_min: 22',
      '          port_range_max: 22',
      '        - { protocol: icmp, remote_ip_prefix: 0.0.0.0/0 }',
      `  port_${index}:`,
      '    type: OS::Neutron::Port',
      '    properties:',
      '      name:',
      '        list_join:',
      "          - '-'",
      `          - [{ get_param: prefix }, port, '${index}']`,
      '      network: { get_param: network }',
      `      security_groups: [{ get_resource: group_${index} }]`,
      '      port_security_enabled: { if: [is_open, true, false] }',
      ...(index === 0 ? [] : [`    depends_on: port_${index - 1}`]),
    );
    outputs.push(
      `  address_${index}:`,
      `    description: Where port ${index} is reached`,
      `    value: { get_attr: [port_${index}, fixed_ips, 0, ip_address] }`,
    );
  }
  return [...head, ...body, ...outputs, ''].join('\n');
}

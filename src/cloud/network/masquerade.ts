import type { Cloud } from '../cloud.ts';

/**
 * The cloud's nft table, replaced as a whole. `opened` are the interfaces whose forwarding was off before a cloud
 * asked for it: for them everything that has nothing to do with a cloud stays as closed as it was.
 */
export function masqueradeRules(cloud: Cloud, opened: readonly string[]): string {
  const { table, machineInterface, configuration } = cloud;
  const { cidr } = configuration.external;
  const uplinks = opened.filter((device) => !device.startsWith('ovb-'));
  return [
    // Declared first, so that deleting works whether or not it existed.
    `table ip ${table}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    `    iifname "${machineInterface}" oifname != "${machineInterface}" ip saddr ${cidr} masquerade`,
    '  }',
    '  chain forward {',
    '    type filter hook forward priority filter; policy accept;',
    `    iifname "${machineInterface}" ip saddr != ${cidr} drop`,
    `    oifname "${machineInterface}" ct state established,related accept`,
    // The machine and the other clouds on it may call in, its neighbours may not.
    `    oifname "${machineInterface}" iifname != "ovb-*" drop`,
    ...uplinks.map((device) => `    iifname "${device}" oifname != "ovb-*" drop`),
    '  }',
    '}',
    '',
  ].join('\n');
}

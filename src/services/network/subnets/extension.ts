import type { Extension } from '../drivers/extension.ts';
import { keys } from '../northbound/keys.ts';
import { externalId } from '../northbound/rows.ts';
import { subnetNoun } from './noun.ts';
import { subnetOwner } from './owner.ts';
import { subnetRules } from './rules.ts';

export const subnets: Extension = {
  name: 'subnets',
  aliases: [
    {
      alias: 'subnet-service-types',
      name: 'Subnet service types',
      description: 'Subnets for certain devices only',
    },
  ],
  nouns: [[subnetNoun, subnetRules]],
  owners: [subnetOwner],
  rows: [
    {
      table: 'DHCP_Options',
      recognise(row) {
        const subnet = externalId(row, 'subnet_id');
        if (subnet === undefined) return undefined;
        // A port with options of its own has a row of its own.
        const port = externalId(row, 'port_id');
        return {
          key: keys.dhcpOptions(subnet, port),
          owner: port === undefined ? `subnet:${subnet}` : `port:${port}`,
        };
      },
    },
  ],
};

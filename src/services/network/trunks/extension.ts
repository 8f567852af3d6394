import { sql } from 'kysely';
import { computed } from '../attributes/types.ts';
import type { Extension } from '../drivers/extension.ts';
import { trunkOperations } from './api.ts';
import { trunkNoun } from './noun.ts';
import { trunkRules } from './rules.ts';

/** Trunks: several networks through one port. They have no rows of their own; subports' rows name the parent. */
export const trunks: Extension = {
  name: 'trunks',
  aliases: [
    { alias: 'trunk', name: 'Trunk Extension', description: 'Several networks through one port' },
    {
      alias: 'trunk-details',
      name: 'Trunk port details',
      description: 'The trunk in its parent port',
    },
  ],
  nouns: [[trunkNoun, trunkRules]],
  operations: trunkOperations,
  additions: [
    {
      noun: 'port',
      attributes: {
        trunk_details: { type: computed('of parent ports'), filter: () => sql<boolean>`false` },
      },
      columns: sql`(select json_build_object('trunk_id', t.id, 'sub_ports',
          (select coalesce(json_agg(json_build_object('port_id', s.port_id,
              'segmentation_type', s.segmentation_type, 'segmentation_id', s.segmentation_id,
              'mac_address', p.mac_address) order by s.segmentation_id), '[]')
            from network.trunk_subports s join network.ports p on p.id = s.port_id
            where s.trunk_id = t.id))
        from network.trunks t where t.port_id = o.id) as trunk_details`,
      // Only parents have it.
      view: ({ trunk_details }) => ({ trunk_details: trunk_details ?? undefined }),
    },
  ],
};

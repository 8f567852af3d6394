import type { Extension } from '../drivers/extension.ts';
import { identifiedRows, textOf } from '../northbound/rows.ts';
import { tapMirrorNoun } from './noun.ts';
import { tapMirrorOwner } from './owner.ts';
import { tapMirrorRules } from './rules.ts';

/** Copies of a port's packets, sent to where somebody looks at them. */
export const tapMirrors: Extension = {
  name: 'tap mirrors',
  aliases: [
    {
      alias: 'tap-mirror',
      name: 'Tap as a Service GRE or ERSPAN mirror',
      description: "Sends copies of a port's packets through GRE or ERSPAN",
    },
  ],
  nouns: [[tapMirrorNoun, tapMirrorRules]],
  owners: [tapMirrorOwner],
  rows: [
    identifiedRows('Mirror', 'tap_mirror', 'ovenbird:tap_mirror_id', (_id, row) =>
      textOf(row, 'name'),
    ),
  ],
  memberships: [{ table: 'Logical_Switch_Port', column: 'mirror_rules', child: 'Mirror' }],
};

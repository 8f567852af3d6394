import { operationsOf } from '../collections/operations.ts';
import type { Extension } from '../drivers/extension.ts';
import { segmentRangeNoun } from './noun.ts';
import { segmentRangeRules } from './rules.ts';

/** Neutron answers at both spellings, and its clients do not agree on one. */
const withDashes = { ...segmentRangeNoun, path: '/v2.0/network-segment-ranges' };

/** Where networks' numbers come from. */
export const segmentRanges: Extension = {
  name: 'network segment ranges',
  aliases: [
    {
      alias: 'network-segment-range',
      name: 'Neutron Network Segment Range',
      description: 'Ranges of numbers of networks',
    },
  ],
  nouns: [[segmentRangeNoun, segmentRangeRules]],
  operations: (room) =>
    operationsOf(room, withDashes, segmentRangeRules).map((one) => ({
      ...one,
      name: `${one.name}_with_dashes`,
    })),
};

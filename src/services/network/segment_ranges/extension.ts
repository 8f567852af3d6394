import type { Extension } from '../drivers/extension.ts';
import { segmentRangeNoun } from './noun.ts';
import { segmentRangeRules } from './rules.ts';

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
};

import type { Extension } from '../drivers/extension.ts';
import { namedRows } from '../northbound/rows.ts';
import { segmentNoun } from './noun.ts';
import { segmentOwner } from './owner.ts';
import { segmentRules } from './rules.ts';

/** The places where networks' packets travel, one by one. */
export const segments: Extension = {
  name: 'segments',
  aliases: [
    { alias: 'segment', name: 'Segment', description: 'Segments of networks' },
    {
      alias: 'standard-attr-segment',
      name: 'Segment standard attributes',
      description: 'Revisions, times and tags of segments',
    },
    {
      alias: 'subnet-segmentid-writable',
      name: 'Subnet SegmentID (writable)',
      description: 'Subnets can be bound to a segment later',
    },
    {
      alias: 'l2_adjacency',
      name: 'L2 Adjacency',
      description: 'Whether the subnets of a network are one',
    },
    {
      alias: 'segments-peer-subnet-host-routes',
      name: 'Segments peer-subnet host routes',
      description: 'Routes between the subnets of a network of segments',
    },
  ],
  nouns: [[segmentNoun, segmentRules]],
  owners: [segmentOwner],
  rows: [namedRows('Logical_Switch_Port', 'segment', 'provnet-')],
  memberships: [{ table: 'Logical_Switch', column: 'ports', child: 'Logical_Switch_Port' }],
};

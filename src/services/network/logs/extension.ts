import type { Extension } from '../drivers/extension.ts';
import { logMeterName } from '../northbound/names.ts';
import { externalId, textOf } from '../northbound/rows.ts';
import { logOperations } from './api.ts';
import { METERS_OWNER } from './coverage.ts';
import { logNoun } from './noun.ts';
import { logMetersOwner } from './owner.ts';
import { logRules } from './rules.ts';

const METERS = [logMeterName(true), logMeterName(false)];

/** Packets that security groups let through or drop are told of. */
export const logs: Extension = {
  name: 'logs',
  aliases: [
    {
      alias: 'logging',
      name: 'Logging API Extension',
      description: 'Tells of packets that security groups accept or drop',
    },
  ],
  nouns: [[logNoun, logRules]],
  operations: logOperations,
  owners: [logMetersOwner],
  rows: [
    {
      table: 'Meter',
      recognise(row) {
        const name = textOf(row, 'name');
        return METERS.includes(name) ? { key: name, owner: METERS_OWNER } : undefined;
      },
    },
    {
      table: 'Meter_Band',
      recognise(row) {
        const meter = externalId(row, 'ovenbird:meter');
        return meter === undefined || !METERS.includes(meter)
          ? undefined
          : { key: `${meter} band`, owner: METERS_OWNER };
      },
    },
  ],
};

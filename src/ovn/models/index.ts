// Generated from the schema by `npm run generate`, do not edit.

import { model as northbound } from './northbound.ts';
import type { Northbound } from './northbound.ts';
import { model as southbound } from './southbound.ts';
import type { Southbound } from './southbound.ts';
import { model as openVSwitch } from './open-vswitch.ts';
import type { OpenVSwitch } from './open-vswitch.ts';
import { model as ovenbird } from './ovenbird.ts';
import type { Ovenbird } from './ovenbird.ts';

export type { Northbound, Southbound, OpenVSwitch, Ovenbird };

/** Tables and their rows by database. */
export interface Databases {
  readonly OVN_Northbound: Northbound;
  readonly OVN_Southbound: Southbound;
  readonly Open_vSwitch: OpenVSwitch;
  readonly Ovenbird: Ovenbird;
}

/** Columns that our types know, by database and table. */
export const models: Readonly<Record<string, Model>> = {
  OVN_Northbound: northbound,
  OVN_Southbound: southbound,
  Open_vSwitch: openVSwitch,
  Ovenbird: ovenbird,
};

export interface Model {
  readonly database: string;
  readonly version: string;
  readonly columns: Readonly<Record<string, readonly string[]>>;
}

import type { CloudChoices } from '../create.ts';
import type { Check, Finding } from './check.ts';
import type { Facts } from './facts.ts';
import { gatherFacts } from './gather.ts';
import { kernel } from './kernel.ts';
import { neighbours } from './neighbours.ts';
import { programs } from './programs.ts';
import { resources } from './resources.ts';
import { rights } from './rights.ts';

export type { Finding, FindingState } from './check.ts';
export type { Facts } from './facts.ts';

/** Every check, in the order in which people read them. */
export const CHECKS: readonly Check[] = [
  ...rights,
  ...kernel,
  ...programs,
  ...neighbours,
  ...resources,
];

/** What all checks say of these facts. */
export const examine = (facts: Facts): Finding[] =>
  CHECKS.map(({ id, title, judge }) => ({ id, title, ...judge(facts) }));

/** Looks at the machine as it is now. */
export const diagnose = async (home: string, choices: CloudChoices = {}): Promise<Finding[]> =>
  examine(await gatherFacts(home, choices));

/** Only what makes a cloud impossible; empty on a machine that is fit. */
export const fatalFindings = async (home: string, choices: CloudChoices): Promise<Finding[]> =>
  examine(await gatherFacts(home, choices, 'quick')).filter(({ state }) => state === 'fatal');

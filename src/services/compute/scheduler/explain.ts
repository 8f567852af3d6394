import type { Refusal } from './schedule.ts';

/** Nova's sentence, which clients look for. */
const SENTENCE = 'No valid host was found. There are not enough hosts available.';

/** Why a server fits nowhere. */
export interface Explanation {
  /** For the server's owner: how many hosts failed at what, and no host's name. */
  readonly message: string;
  /** For administrators: each host, the filter that refused it and why. */
  readonly details: string;
}

export function explain(refusals: readonly Refusal[]): Explanation {
  if (refusals.length === 0) {
    const none = `${SENTENCE} There is no host at all: is the host agent running?`;
    return { message: none, details: none };
  }
  const counts = new Map<string, number>();
  for (const { short } of refusals) counts.set(short, (counts.get(short) ?? 0) + 1);
  const reasons = [...counts].map(([short, count]) => `${count} ${short}`).join(', ');
  return {
    message: `${SENTENCE} Of ${refusals.length} host${refusals.length === 1 ? '' : 's'}: ${reasons}.`,
    details: [
      SENTENCE,
      ...refusals.map(({ host, filter, reason }) => `Host ${host}: ${reason} (${filter}).`),
    ].join(' '),
  };
}

import type { TapWish } from '../wish.ts';

/** A `Mirror` of Open vSwitch as it should be; ports by the uuid of their row. */
export interface MirrorWish {
  /** Tells our mirrors apart: the tap port, with the VLANs when not all are copied. */
  readonly key: string;
  readonly output: string;
  /** What comes from these into the bridge is copied: what their owners send. */
  readonly from: readonly string[];
  /** What goes to these. */
  readonly to: readonly string[];
  readonly vlans: readonly number[];
}

/** What becomes of a tap flow on this host. */
export interface TapReport {
  readonly state: 'active' | 'error' | 'waiting';
  readonly message: string | undefined;
}

export interface TapPlan {
  readonly mirrors: readonly MirrorWish[];
  /** Tap flow → report, once the mirrors are in place. */
  readonly reports: ReadonlyMap<string, TapReport>;
}

/** How many mirrors a bridge may have. Source: `MAX_MIRRORS` in Open vSwitch's ofproto-dpif-mirror. */
export const MOST_MIRRORS = 32;

const waiting = (port: string, what: string): TapReport => ({
  state: 'waiting',
  message: `port ${port}, ${what}, is not plugged in on this host; packets are copied within one host`,
});

/**
 * The mirrors that make these tap flows real: one for each tap port and choice of VLANs, so that no packet is copied
 * twice for the same port. `portOf` gives the row of a logical port's port here; `others` is how many mirrors the
 * bridge has that are not ours.
 */
export function planOf(
  flows: readonly TapWish[],
  portOf: (portId: string) => string | undefined,
  others: number,
): TapPlan {
  const reports = new Map<string, TapReport>();
  const groups = new Map<string, { output: string; flows: [TapWish, string][] }>();
  for (const flow of flows) {
    const output = portOf(flow.tapPort);
    const source = portOf(flow.sourcePort);
    if (output === undefined) {
      reports.set(flow.id, waiting(flow.tapPort, 'which gets the copies'));
    } else if (source === undefined) {
      reports.set(flow.id, waiting(flow.sourcePort, 'whose packets are copied'));
    } else {
      const key = [flow.tapPort, ...flow.vlans].join(' ');
      const group = groups.get(key) ?? { output, flows: [] };
      group.flows.push([flow, source]);
      groups.set(key, group);
    }
  }
  const mirrors: MirrorWish[] = [];
  const sorted = [...groups].toSorted(([one], [other]) => (one < other ? -1 : 1));
  for (const [key, group] of sorted) {
    const fits = mirrors.length + others < MOST_MIRRORS;
    const report: TapReport = fits
      ? { state: 'active', message: undefined }
      : {
          state: 'error',
          message: `Open vSwitch has at most ${MOST_MIRRORS} mirrors on a bridge, and all are taken`,
        };
    for (const [flow] of group.flows) reports.set(flow.id, report);
    if (!fits) continue;
    const sources = (direction: 'IN' | 'OUT') =>
      group.flows
        .filter(([flow]) => flow.direction === direction || flow.direction === 'BOTH')
        .map(([, source]) => source);
    mirrors.push({
      key,
      output: group.output,
      from: [...new Set(sources('OUT'))].toSorted(),
      to: [...new Set(sources('IN'))].toSorted(),
      vlans: group.flows[0]![0].vlans,
    });
  }
  return { mirrors, reports };
}

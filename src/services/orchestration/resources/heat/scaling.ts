import { badRequest } from '../../../../core/errors.ts';
import { isMap, type Value, type ValueMap } from '../../language/index.ts';
import type { Step } from '../type.ts';
import { membersOf } from './group-template.ts';
import { shortName } from './names.ts';
import { wordOf } from '../../language/value.ts';

export const CHANGE = ['change_in_capacity', 'ChangeInCapacity'];
export const EXACT = ['exact_capacity', 'ExactCapacity'];
export const PERCENT = ['percent_change_in_capacity', 'PercentChangeInCapacity'];

/** What a policy asks of a group. */
export interface Adjustment {
  readonly adjustment: number;
  readonly type: string;
  /** Members that a change in percent moves at least. */
  readonly least?: number;
}

/** How many members there shall be. A change in percent is rounded towards zero, but is never less than one member. */
export function newCapacity(
  current: number,
  { adjustment, type, least = 0 }: Adjustment,
  [minimum, maximum]: readonly [number, number],
): number {
  let wanted: number;
  if (CHANGE.includes(type)) wanted = current + adjustment;
  else if (EXACT.includes(type)) wanted = adjustment;
  else {
    const delta = (current * adjustment) / 100;
    const away = delta > 0 ? Math.ceil(delta) : Math.floor(delta);
    const rounded = Math.abs(delta) < 1 ? away : Math.trunc(delta);
    wanted = current + (least > Math.abs(rounded) ? (rounded > 0 ? least : -least) : rounded);
  }
  return Math.max(minimum, Math.min(maximum, Math.trunc(wanted)));
}

/** A member of a group that scales; `definition` only where members keep the one they were made with. */
export interface Scaled {
  readonly name: string;
  readonly definition?: ValueMap;
}

/** The members of a group as noted, the oldest first. */
export const membersNoted = (step: Step): Scaled[] =>
  step.data['members'] === undefined ? [] : (JSON.parse(step.data['members']) as Scaled[]);

/**
 * The members when there shall be so many: those that failed go first, then the oldest; new ones have names that none had
 * before, made from the group's uuid and a counter.
 */
export function resized(
  present: readonly Scaled[],
  count: number,
  { uuid, made, failed }: { uuid: string; made: number; failed: ReadonlySet<string> },
): { members: Scaled[]; made: number } {
  const worstFirst = [
    ...present.filter(({ name }) => failed.has(name)),
    ...present.filter(({ name }) => !failed.has(name)),
  ];
  const kept = new Set(worstFirst.slice(Math.max(0, present.length - count)));
  const members = present.filter((one) => kept.has(one));
  let next = made;
  while (members.length < count) members.push({ name: shortName(`${uuid}/${next++}`) });
  return { members, made: next };
}

/** Writes down how many members there shall be. */
export async function resize(
  step: Step,
  count: number,
  define?: (name: string) => ValueMap,
): Promise<void> {
  const failed = new Set(
    (step.nestedStackId === null ? [] : await membersOf(step))
      .filter(({ healthy }) => !healthy)
      .map(({ name }) => name),
  );
  const { members, made } = resized(membersNoted(step), count, {
    uuid: step.uuid,
    made: Number(step.data['made'] ?? 0),
    failed,
  });
  const noted = members.map((one) =>
    define === undefined || one.definition !== undefined
      ? one
      : { ...one, definition: define(one.name) },
  );
  await step.save({ data: { members: JSON.stringify(noted), made: String(made) } });
}

/** No further scaling for so many seconds. */
export async function beginCooldown(step: Step, seconds: number): Promise<void> {
  const until = Math.max(Date.now() + seconds * 1000, Number(step.data['cooldown_until'] ?? 0));
  await step.save({ data: { cooldown_until: String(until) } });
}

const numberIn = (details: ValueMap, key: string): number | undefined => {
  const value: Value | undefined = details[key];
  return value === null || value === undefined ? undefined : Number(value);
};

/**
 * A policy's signal to its group. The reason for the event; empty when nothing is to be done: the size stays, the group is being
 * changed, or the last change is too recent.
 */
export async function adjust(
  step: Step,
  details: Value,
  limits: readonly [number, number],
  cooldown: number,
): Promise<{ reason: string; size: number } | undefined> {
  const type = isMap(details) ? details['adjustment_type'] : undefined;
  if (!isMap(details) || ![...CHANGE, ...EXACT, ...PERCENT].includes(wordOf(type))) {
    throw badRequest(
      `Signal resource during ${step.name} is not supported: a scaling group is told by its scaling policies; signal one of them`,
    );
  }
  const present = membersNoted(step).length;
  const least = numberIn(details, 'min_adjustment_step');
  const adjustment: Adjustment = {
    adjustment: Number(details['adjustment']),
    type: wordOf(type),
    ...(least === undefined ? {} : { least }),
  };
  const size = newCapacity(present, adjustment, limits);
  const changing = (await membersOf(step)).some(({ state }) => state.endsWith('_IN_PROGRESS'));
  const cooling = Date.now() < Number(step.data['cooldown_until'] ?? 0);
  if (size === present || changing || cooling) return undefined;
  await beginCooldown(step, numberIn(details, 'cooldown') ?? cooldown);
  return { reason: `${adjustment.type} : ${adjustment.adjustment}`, size };
}

import { isList, kindOf, same, type Value } from '../value.ts';
import type { TemplateFunction } from './function.ts';

export const equals: TemplateFunction = {
  check(raw, call) {
    if (!isList(raw) || raw.length !== 2) call.fail(`${call.name} takes [value, value]`);
  },
  run: (args) => same((args as readonly Value[])[0]!, (args as readonly Value[])[1]!),
};

export const not: TemplateFunction = {
  check(raw, call) {
    if (raw === null) call.fail(`${call.name} takes a condition`);
  },
  // CFN writes the one condition as a list.
  run: (args, call) => !call.truth(isList(args) && args.length === 1 ? args[0]! : args),
};

const several = (
  combine: (args: readonly Value[], truth: (value: Value) => boolean) => boolean,
): TemplateFunction => ({
  check(raw, call) {
    if (!isList(raw)) call.fail(`${call.name} takes a list of conditions, not ${kindOf(raw)}`);
    else if (raw.length < 2) call.fail(`${call.name} takes at least two conditions`);
  },
  // As in Heat, what stands behind the condition that decides is not looked at.
  run: (args, call) => combine(args as readonly Value[], call.truth),
});

export const and = several((args, truth) => args.every((arg) => truth(arg)));
export const or = several((args, truth) => args.some((arg) => truth(arg)));

import type { ControlPlane } from '../control-plane.ts';
import type { Driver } from '../drivers/driver.ts';
import { definite } from '../fault.ts';

const DEFAULT_BYTES = 100 * 1024;
const MOST_BYTES = 2 ** 20;

/** A question to this host, as its `Task` row asks it. */
export interface Question {
  readonly id: string;
  readonly kind: string;
  readonly serverId: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly replyTo: string;
}

/** A whole number of an argument within its limits; the default when it is absent. */
function numberOf<Default>(
  question: Question,
  name: string,
  most: number,
  byDefault: Default,
): number | Default {
  const text = question.arguments[name];
  if (text === undefined || text === '') return byDefault;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw definite(`the argument ${name} of task ${question.id} is not a whole number: ${text}`);
  }
  return Math.min(value, most);
}

/** Answers one task: reads the end of a server's output and delivers it. Rejects with the reason if it cannot. */
export async function answer(
  question: Question,
  driver: Driver,
  controlPlane: ControlPlane,
): Promise<void> {
  if (question.kind !== 'console') throw definite(`this host knows no task "${question.kind}"`);
  const output = await driver.console(question.serverId, {
    lines: numberOf(question, 'lines', 1_000_000, undefined),
    bytes: numberOf(question, 'bytes', MOST_BYTES, DEFAULT_BYTES),
  });
  if (!(await controlPlane.deliver(question.replyTo, output))) {
    throw definite(`nobody waits for task ${question.id} any more`);
  }
}

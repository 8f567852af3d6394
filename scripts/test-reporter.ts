import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestEvent } from 'node:test/reporters';

/** What one run of the test runner counted. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * A line a file, everything there is to know of each failure, and the counts in the file that
 * `OVENBIRD_TEST_COUNTS` names. Suites are not counted: only tests prove something.
 */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const files = new Map<string, { tests: number; failed: number }>();
  const milliseconds = new Map<string, number>();
  for await (const event of source) {
    if (event.type === 'test:stdout' || event.type === 'test:stderr') {
      yield event.data.message;
      continue;
    }
    // What fails when all tests have ended makes the file fail, and stands only here.
    if (
      event.type === 'test:diagnostic' &&
      /asynchronous activity after/.test(event.data.message)
    ) {
      const file = path.relative(process.cwd(), event.data.file ?? '(unknown)');
      yield `✗ ${file}: ${event.data.message}\n`;
    }
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { data } = event;
    const file = path.relative(process.cwd(), data.file ?? '(unknown)');
    const passed = event.type === 'test:pass';
    // Of the tests and suites of the outermost level: a suite's own before and after are in its time.
    if (data.nesting === 0)
      milliseconds.set(file, (milliseconds.get(file) ?? 0) + (data.details.duration_ms ?? 0));
    if (data.details.type === 'suite') {
      // A suite fails by its tests, or by its own before and after.
      if (passed || failureKind(data) === 'subtestsFailed') continue;
    }
    // With a process each, the file itself is a test: it counts only when the process failed by itself.
    if (data.name === file || data.name === data.file) {
      if (passed || failureKind(data) === 'subtestsFailed') continue;
    }
    if (failureKind(data) === 'subtestsFailed') continue;
    const entry = files.get(file) ?? { tests: 0, failed: 0 };
    files.set(file, entry);
    entry.tests++;
    if (data.skip !== undefined || data.todo !== undefined) {
      counts.skipped++;
      yield `- ${file}: ${data.name} (skipped${typeof data.skip === 'string' ? `: ${data.skip}` : ''})\n`;
    } else if (passed) {
      counts.passed++;
    } else {
      counts.failed++;
      entry.failed++;
      yield `✗ ${file}: ${data.name}\n${indent(describeError(data))}\n`;
    }
  }
  for (const [file, { tests, failed }] of [...files].toSorted(([left], [right]) =>
    left < right ? -1 : 1,
  ))
    yield `${failed === 0 ? '✓' : '✗'} ${file} (${tests - failed} of ${tests}${duration(milliseconds.get(file))})\n`;
  const destination = process.env['OVENBIRD_TEST_COUNTS'];
  if (destination !== undefined) writeFileSync(destination, JSON.stringify(counts));
}

interface Failing {
  readonly details: { readonly error?: Error & { failureType?: string } };
}

const failureKind = (data: object): string | undefined =>
  (data as Failing).details.error?.failureType;

function describeError(data: object): string {
  const { error } = (data as Failing).details;
  const cause = error?.cause ?? error;
  return inWords(cause);
}

/** An error with all that led to it: what was awaited in vain, and what was there instead. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const words = error.stack ?? error.message;
  return error.cause === undefined ? words : `${words}\nbecause of ${inWords(error.cause)}`;
}

/** Words for a time worth telling: where the command's minutes go. */
const duration = (milliseconds = 0): string =>
  milliseconds < 5000 ? '' : `, ${Math.round(milliseconds / 1000)} s`;

const indent = (text: string): string => text.replaceAll(/^/gm, '    ');

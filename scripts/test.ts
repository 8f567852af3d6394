import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTestServer } from '../src/database/testing.ts';
import type { Counts } from './test-reporter.ts';

// Everything that must hold: `npm test`. With words only a part of it: `check`, `units`, `stories`, or pieces of
// file names. Its last line is "N passed, N failed"; its exit code is 0 when nothing failed.

const ROOT = path.resolve(import.meta.dirname, '..');
const REPORTER = path.join(import.meta.dirname, 'test-reporter.ts');

/** Where our code is. */
const FOLDERS = ['src', 'tests', 'bench', 'scripts', 'dashboard'];

/** The checks that run no code of ours. */
const CHECKS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  types: ['tsc', '--noEmit'],
  'types of the dashboard': ['tsc', '-p', 'dashboard'],
  lint: ['oxlint', '--deny-warnings', ...FOLDERS],
  format: ['oxfmt', '--check', ...FOLDERS],
  layers: [process.execPath, 'scripts/layers.ts'],
};

/** A test that imports nothing else of Node's than these can share its process with others. */
const HARMLESS =
  /^node:(assert(\/strict)?|test|crypto|path|url|util|buffer|stream|stream\/promises)$/;

/** Whether a test file touches nothing but its own memory, as far as its imports tell. */
export function isPure(text: string): boolean {
  const specifiers = [...text.matchAll(/\bfrom\s+'([^']+)'|\bimport\(\s*'([^']+)'/g)].map(
    (match) => match[1] ?? match[2]!,
  );
  return specifiers.every(
    (specifier) =>
      !/testing\.ts$|server\.ts$|command\.ts$/.test(specifier) &&
      (!specifier.startsWith('node:') || HARMLESS.test(specifier)),
  );
}

/** Runs a program of the project; gives its exit code. */
const runProgram = (
  [program, ...parameters]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        ...environment,
        PATH: `${path.join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`,
      },
    });
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });

interface Group {
  readonly title: string;
  readonly files: readonly string[];
  /** Options of `node --test`. */
  readonly options: readonly string[];
}

async function runGroup(group: Group, environment: Record<string, string>): Promise<Counts> {
  if (group.files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  process.stdout.write(`\n${group.title}: ${group.files.length} files\n`);
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-counts-'));
  const destination = path.join(folder, 'counts.json');
  try {
    const code = await runProgram(
      [
        process.execPath,
        '--test',
        `--test-reporter=${REPORTER}`,
        '--test-reporter-destination=stdout',
        ...group.options,
        ...group.files,
      ],
      { ...environment, OVENBIRD_TEST_COUNTS: destination },
    );
    const counts = readCounts(destination);
    // A runner that ended badly without naming a failed test did not test.
    if (counts === undefined || (code !== 0 && counts.failed === 0))
      return { passed: counts?.passed ?? 0, failed: 1, skipped: counts?.skipped ?? 0 };
    return counts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readCounts(file: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Counts;
  } catch {
    return undefined;
  }
}

async function runChecks(): Promise<Counts> {
  let failed = 0;
  for (const [name, command] of Object.entries(CHECKS)) {
    const code = await runProgram(command);
    process.stdout.write(`${code === 0 ? '✓' : '✗'} ${name}\n`);
    if (code !== 0) failed++;
  }
  return { passed: Object.keys(CHECKS).length - failed, failed, skipped: 0 };
}

async function main(words: readonly string[]): Promise<number> {
  const parts = new Set(words.filter((word) => ['check', 'units', 'stories'].includes(word)));
  const names = words.filter((word) => !parts.has(word));
  const wants = (part: string) =>
    parts.has(part) || (parts.size === 0 && (names.length === 0 || part !== 'check'));
  const chosen = (files: readonly string[]) =>
    files
      .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
      .toSorted();
  const units = wants('units')
    ? chosen(globSync('{src,scripts,tests,bench,dashboard}/**/*.test.ts', { cwd: ROOT }))
    : [];
  const stories = wants('stories') ? chosen(globSync('tests/**/*.story.ts', { cwd: ROOT })) : [];
  if (names.length > 0 && units.length + stories.length === 0) {
    process.stderr.write(`no test file has ${names.join(' or ')} in its path\n`);
    return 2;
  }
  // Programs that only tests need: all for stories, QEMU for the drivers' own tests.
  const drivers = units.some((file) => file.startsWith('src/host/drivers/'));
  const programs = stories.length > 0 ? 'tests' : drivers ? 'qemu' : undefined;
  if (programs !== undefined && (await runProgram(['sh', 'scripts/setup.sh', programs])) !== 0)
    return 1;
  const pure = units.filter((file) => isPure(readFileSync(path.join(ROOT, file), 'utf8')));
  const groups: Group[] = [
    {
      title: 'units in one process',
      files: pure,
      options: ['--test-isolation=none', '--test-timeout=60000'],
    },
    {
      title: 'units in a process each',
      files: units.filter((file) => !pure.includes(file)),
      options: ['--test-concurrency=2', '--test-timeout=300000'],
    },
    {
      // Two at a time: each has a cloud of its own, and waits for it more than it computes.
      title: 'stories',
      files: stories,
      options: ['--test-concurrency=2', '--test-timeout=900000'],
    },
  ];
  const results: Counts[] = wants('check') ? [await runChecks()] : [];
  const postgres = units.length > pure.length ? await startTestServer() : undefined;
  try {
    for (const group of groups)
      results.push(
        await runGroup(
          group,
          postgres === undefined ? {} : { OVENBIRD_TEST_POSTGRES: postgres.socket },
        ),
      );
  } finally {
    await postgres?.stop();
  }
  const sum = (key: keyof Counts) => results.reduce((total, counts) => total + counts[key], 0);
  if (sum('skipped') > 0) process.stdout.write(`\n${sum('skipped')} skipped\n`);
  process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed\n`);
  return sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
}

if (import.meta.main) {
  // Its children get the same signal from the terminal; we wait for them, so that they can clean up.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined);
  // The test server is a child that keeps no process alive; this one stays until it has ended.
  const alive = setInterval(() => undefined, 2 ** 30);
  process.exitCode = await main(process.argv.slice(2));
  clearInterval(alive);
}

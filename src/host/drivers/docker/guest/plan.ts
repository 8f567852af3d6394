import { mergeConfigs, planConfig } from './cloud-config.ts';
import { partsOf, type PartKind } from './parts.ts';

/** One word for a shell, whatever is in it. NUL, which no word can have, is left out. */
export const quoted = (word: string): string =>
  `'${word.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`;

/** A call of one of the functions in `functions.ts`. */
export const call = (name: string, ...words: readonly string[]): string =>
  [name, ...words.map(quoted)].join(' ');

export type Stage = 'before-always' | 'before-once' | 'beside-always' | 'beside-once';

export interface PlannedFile {
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

/**
 * What user data becomes: files for the server's folder, and calls of fixed functions with quoted words. Nothing else
 * of user data gets into a script of ours.
 */
export class Plan {
  /** Whose keys and password are meant where nobody is named. */
  readonly administrator: string;
  /** At every start, before the image's own program: `bootcmd`, boothooks. */
  readonly always: string[] = [];
  /** Once, before the image's own program. */
  readonly early: string[] = [];
  /** Once, beside it, in this order. */
  readonly packages: string[] = [];
  readonly deferred: string[] = [];
  readonly scripts: string[] = [];
  readonly commands: string[] = [];
  readonly last: string[] = [];
  /** At every start, beside the image's own program. */
  readonly perBoot: string[] = [];
  readonly #files: PlannedFile[] = [];
  readonly #notices: string[] = [];
  #hostname: string | undefined;

  constructor(administrator = 'root') {
    this.administrator = administrator;
  }

  /** Keeps a file for the server and gives its name. */
  file(kind: string, content: Buffer | string, mode: number): string {
    const name = `${String(this.#files.length).padStart(3, '0')}-${kind}`;
    this.#files.push({ name, mode, content: Buffer.from(content as string) });
    return name;
  }

  /** Something that the server's owner reads in the console log. */
  notice(text: string): void {
    this.#notices.push(text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 1000));
  }

  setHostname(hostname: string | undefined): void {
    this.#hostname = hostname;
  }

  get files(): readonly PlannedFile[] {
    return this.#files;
  }
  get notices(): readonly string[] {
    return this.#notices;
  }
  /** The host name that user data chooses; it has none to set when the container runs. */
  get hostname(): string | undefined {
    return this.#hostname;
  }

  /** There is nothing to do. */
  get isEmpty(): boolean {
    return Object.values(this.stages).every((script) => script === '');
  }

  /** What the start script reads: before the image's own program and beside it, at every start and once. */
  get stages(): Readonly<Record<Stage, string>> {
    const lines = (calls: readonly string[]) => calls.map((one) => `${one}\n`).join('');
    const notices = this.#notices.map((text) => call('say', `ovenbird: ${text}`));
    return {
      'before-always': lines(this.always),
      'before-once': lines([...notices, ...this.early]),
      'beside-always': lines(this.perBoot),
      'beside-once': lines(
        [this.packages, this.deferred, this.scripts, this.commands, this.last].flat(),
      ),
    };
  }
}

const SCRIPTS: Partial<Record<PartKind, 'always' | 'scripts' | 'perBoot'>> = {
  boothook: 'always',
  script: 'scripts',
  'script-per-boot': 'perBoot',
};

/** A script that the kernel can start: one that does not say by what is the shell's. */
function executable(content: Buffer): Buffer {
  const own = content.toString('latin1').replace(/^#cloud-boothook[^\n]*\n?/, '');
  return Buffer.from(own.startsWith('#!') ? own : `#!/bin/sh\n${own}`, 'latin1');
}

/** Plans what is to be done with user data. It never throws: what cannot be done is told in the console log. */
export function planOf(
  userData: Buffer | undefined,
  options: {
    readonly administrator?: string;
    /** Of root. */
    readonly passwordHash?: string | undefined;
    /** The administrator's; root has them already. */
    readonly authorizedKeys?: readonly string[];
  } = {},
): Plan {
  const plan = new Plan(options.administrator);
  if (options.passwordHash !== undefined)
    plan.early.push(
      call('set_password', 'root', plan.file('password', `${options.passwordHash}\n`, 0o600), ''),
    );
  if (userData !== undefined) carryOut(userData, plan);
  const { authorizedKeys: keys = [] } = options;
  // After the users: the administrator may be one of them.
  if (plan.administrator !== 'root' && keys.length > 0)
    plan.early.push(
      call(
        'authorize',
        plan.administrator,
        plan.file('keys', keys.map((key) => `${key.trim()}\n`).join(''), 0o644),
      ),
    );
  return plan;
}

function carryOut(userData: Buffer, plan: Plan): void {
  const { parts, notices } = partsOf(userData);
  for (const notice of notices) plan.notice(notice);
  for (const part of parts) {
    const { kind, name, content } = part;
    const list = SCRIPTS[kind];
    if (list === undefined) continue;
    const label = name.replaceAll(/[^A-Za-z0-9._ -]/g, '_').slice(0, 60);
    plan[list].push(call('run_script', plan.file('script', executable(content), 0o755), label));
  }
  const configs = parts.filter(({ kind }) => kind === 'cloud-config');
  if (configs.length > 0) planConfig(mergeConfigs(configs, plan), plan);
}

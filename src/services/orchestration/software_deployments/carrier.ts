import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import { isUuid } from '../../../core/ids.ts';
import type { Database } from '../../../database/database.ts';
import type { Value, ValueMap } from '../language/index.ts';
import { SoftwareConfigs, type SoftwareConfig } from '../software_configs/model.ts';
import type { Carrier } from './api.ts';
import { SoftwareDeployments, type SoftwareDeployment } from './model.ts';
import { outcomeOf } from './outcome.ts';
import { wishOf, type ScriptWish } from './wish.ts';

/** How often what waits for its server is looked at again, in milliseconds. */
const AGAIN = 1_000;

/** Hosts that run scripts in servers: compute's desk. */
export interface ScriptHosts {
  concerns(projectId: string, serverId: string): Promise<boolean>;
  ask(
    serverId: string,
    run: string,
  ): Promise<'asked' | 'later' | 'gone' | 'unable' | { readonly failed: string }>;
  keepOnly(runs: ReadonlySet<string>): Promise<void>;
  watch(changed: () => void): () => void;
}

/** What a host tells of a script: `SoftwareOutcome` of `src/host/drivers/driver.ts`. */
export interface ScriptOutcome {
  readonly exitCode?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Sees to it that deployments are carried out in servers that have no agent: asks their hosts, one deployment of a server
 * after the other, and writes down what became of them. Level-triggered: the table says what is wanted, and a run's id
 * makes sure that the host does it once.
 */
export class HostCarrier implements Carrier {
  readonly #deployments: SoftwareDeployments;
  readonly #configs: SoftwareConfigs;
  readonly #hosts: ScriptHosts;
  readonly #log: Logger;
  #looking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #unwatch: (() => void) | undefined;
  #isOver = true;

  constructor(database: Database, hosts: ScriptHosts, log: Logger) {
    this.#deployments = new SoftwareDeployments(database);
    this.#configs = new SoftwareConfigs(database);
    this.#hosts = hosts;
    this.#log = log;
  }

  concerns(projectId: string, serverId: string): Promise<boolean> {
    return this.#hosts.concerns(projectId, serverId);
  }

  start(): void {
    this.#isOver = false;
    this.#unwatch = this.#hosts.watch(() => this.look());
    this.look();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#unwatch?.();
    clearTimeout(this.#timer);
    await this.#looking;
  }

  look(): void {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    this.#looking = this.#looking
      .then(() => this.#pass())
      .then((waiting) => this.#later(waiting))
      .catch((error: unknown) => {
        this.#log.warn({ reason: messageOf(error) }, 'deployments are looked at again later');
        this.#later(true);
      });
  }

  #later(needed: boolean): void {
    clearTimeout(this.#timer);
    if (!needed || this.#isOver) return;
    this.#timer = setTimeout(() => this.look(), AGAIN);
    this.#timer.unref();
  }

  /** Whether something waits for what nobody tells of. */
  async #pass(): Promise<boolean> {
    const wanted = await this.#deployments.wanted();
    await this.#hosts.keepOnly(new Set(wanted.map(({ run_id: run }) => run!)));
    const busy = new Set<string>();
    for (const row of wanted) {
      if (busy.has(row.server_id)) continue;
      if (!(await this.#further(row))) busy.add(row.server_id);
    }
    return busy.size > 0;
  }

  /** Brings one deployment further; true: it is over, and the server's next one may begin. */
  async #further(row: SoftwareDeployment): Promise<boolean> {
    const run = row.run_id!;
    const config = await this.#configOf(row);
    const wish = config && wishOf(run, config, row.action ?? '');
    if (wish === undefined || typeof wish === 'string') {
      return this.#fail(row, wish ?? 'its configuration is gone');
    }
    const asked = await this.#hosts.ask(row.server_id, run);
    if (asked === 'asked' || asked === 'later') return false;
    if (asked === 'gone') return this.#fail(row, `server ${row.server_id} is gone`);
    if (asked === 'unable') {
      await this.#deployments.update(row.id, { run_id: null, run_state: null }, run);
      return true;
    }
    return this.#fail(row, asked.failed);
  }

  async #fail(row: SoftwareDeployment, reason: string): Promise<boolean> {
    await this.#end(row, { status: 'FAILED', status_reason: reason });
    return true;
  }

  async #end(
    row: SoftwareDeployment,
    change: Parameters<SoftwareDeployments['update']>[1],
  ): Promise<void> {
    const { status, status_reason: reason, ...rest } = change;
    // Nobody waits for one that was called complete when it was made (NO_SIGNAL), and nobody is told otherwise.
    const told = row.status === 'IN_PROGRESS' ? { status, status_reason: reason } : {};
    await this.#deployments.update(
      row.id,
      { ...rest, ...(told as object), run_state: 'done' },
      row.run_id!,
    );
  }

  #configOf(row: SoftwareDeployment): Promise<SoftwareConfig | undefined> {
    return this.#configs.find(row.config_id, row.project_id);
  }

  async #wanted(run: string): Promise<SoftwareDeployment | undefined> {
    if (!isUuid(run)) return undefined;
    return (await this.#deployments.wanted()).find((row) => row.run_id === run);
  }

  /** What a host shall run; undefined when nobody wants it any more. */
  async wish(run: string): Promise<ScriptWish | undefined> {
    const row = await this.#wanted(run);
    const config = row && (await this.#configOf(row));
    const wish = config && wishOf(run, config, row.action ?? '');
    return typeof wish === 'string' ? undefined : wish;
  }

  /** A host tells what became of a run; false when nobody waits for it. */
  async outcome(run: string, told: ScriptOutcome): Promise<boolean> {
    const row = await this.#wanted(run);
    if (row === undefined) return false;
    const outputs = { ...told.outputs, deploy_stdout: told.stdout, deploy_stderr: told.stderr };
    if (told.exitCode === undefined) {
      await this.#end(row, {
        status: 'FAILED',
        status_reason:
          'The server ended while the script ran. It is not run again by itself: update the deployment',
        output_values: outputs,
      });
    } else {
      const config = await this.#configOf(row);
      const details = { ...outputs, deploy_status_code: told.exitCode };
      const declared = (config?.outputs ?? []) as readonly ValueMap[];
      const former = (row.output_values ?? {}) as Record<string, Value>;
      const outcome = outcomeOf(row.id, declared, former, details);
      await this.#end(row, {
        status: outcome.status,
        status_reason: outcome.reason,
        output_values: outcome.outputs,
      });
    }
    this.look();
    return true;
  }
}

/**
 * Orchestration: Heat's API and template language. Stacks are desired states: the engine brings what a template says
 * about, step by step, each written down before it is done, with the rights of whoever asked for it.
 */
import type { Configuration } from '../../core/configuration.ts';
import { paths } from '../../core/configuration.ts';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../../database/database.ts';
import type { Operation, Service } from '../operation.ts';
import type { Delegate, Dispatch } from './access.ts';
import type { OrchestrationContext } from './context.ts';
import { Engine } from './engine/engine.ts';
import { Journal } from './engine/journal.ts';
import { Slots } from './engine/slots.ts';
import { orchestrationOptions, type OrchestrationOptions } from './options.ts';
import { builtinTypes } from './resources/builtin.ts';
import type { ResourceType } from './resources/type.ts';
import { TypeRegistry } from './resources/types.ts';
import { signalKeys } from './signals/keys.ts';
import { orchestrationOperations } from './operations.ts';
import {
  HostCarrier,
  type ScriptHosts,
  type ScriptOutcome,
} from './software_deployments/carrier.ts';
import type { ScriptWish } from './software_deployments/wish.ts';
import type { OrchestrationTables } from './tables.ts';
import { readOrMakeKey } from './signals/secret.ts';

export { orchestrationSchema } from './migrations.ts';
export { orchestrationOptions, type OrchestrationOptions } from './options.ts';
export { loadTypes, type TypeKit } from './resources/load.ts';
export type { ResourceType, Step, UpdateStep } from './resources/type.ts';
export { ResourceFailure } from './resources/type.ts';

export interface OrchestrationDependencies {
  readonly database: Database;
  readonly configuration: Configuration;
  /** Acts for those whose stacks are worked on. */
  readonly identity: Delegate;
  /** Asks the services of this cloud. */
  readonly dispatch: Dispatch;
  readonly options?: OrchestrationOptions;
  /** Types from outside the repository. */
  readonly types?: readonly ResourceType[];
  /** Signs the addresses of signals; the secret in the home without it. */
  readonly secret?: string;
  /** Runs scripts of software deployments in servers; without it only agents in servers do. */
  readonly scripts?: ScriptHosts;
  readonly log: Logger;
}

/** Hosts of a cloud without compute: no server is theirs. */
const NO_HOSTS: ScriptHosts = {
  concerns: async () => false,
  ask: async () => 'gone',
  keepOnly: async () => undefined,
  watch: () => () => undefined,
};

export interface OrchestrationService extends Service {
  readonly context: OrchestrationContext;
  /** The script of a software deployment that a host asks for; undefined when nobody wants it any more. */
  softwareWish(run: string): Promise<ScriptWish | undefined>;
  /** A host tells what became of it; false when nobody waits for it. */
  softwareOutcome(run: string, told: unknown): Promise<boolean>;
}

export function createOrchestrationService(
  dependencies: OrchestrationDependencies,
): OrchestrationService {
  const { database, configuration, log } = dependencies;
  const secret =
    dependencies.secret ??
    readOrMakeKey(paths(configuration.home).secrets, 'orchestration-signals');
  const context: OrchestrationContext = {
    database,
    tables: database.withTables<OrchestrationTables>(),
    identity: dependencies.identity,
    dispatch: dependencies.dispatch,
    types: new TypeRegistry([...builtinTypes, ...(dependencies.types ?? [])]),
    journal: new Journal(database),
    slots: new Slots(),
    engine: new Engine(),
    keys: signalKeys(secret),
    options: dependencies.options ?? orchestrationOptions({}),
    configuration,
    log,
  };
  const carrier = new HostCarrier(database, dependencies.scripts ?? NO_HOSTS, log);
  const operations: readonly Operation[] = orchestrationOperations(context, carrier);
  return {
    name: 'orchestration',
    operations,
    context,
    async start() {
      await context.engine.start(context);
      carrier.start();
    },
    async stop() {
      await carrier.stop();
      await context.engine.stop();
    },
    softwareWish: (run) => carrier.wish(run),
    softwareOutcome: (run, told) => carrier.outcome(run, told as ScriptOutcome),
  };
}

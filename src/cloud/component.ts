/** What to execute for a component. */
export interface Launch {
  /** Program, looked up on the system's PATH unless absolute, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Added to the few variables every component gets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs inside the cloud's network namespace instead of the machine's. */
  readonly inNamespace?: boolean;
  /** System user to run as; default root. */
  readonly user?: string;
}

/**
 * One process of a cloud, as data. The supervisor starts them in the order of `dependsOn`, everything that can
 * at the same time, and keeps each alive by itself: the death of one never ends another.
 */
export interface Component {
  /** Also the name of its log and pid file: `ovsdb-nb`. */
  readonly name: string;
  /** What a person reads while it starts. */
  readonly title: string;
  /** Names of steps and components that must be ready before the first start. */
  readonly dependsOn: readonly string[];
  /**
   * `control` ends with `down`; `data` carries the traffic and the life of servers and ends only with
   * `down --all`, or when there is no server.
   */
  readonly class: 'control' | 'data';
  /** Folders, database files, what a killed predecessor left: called right before each start. */
  prepare?(): Promise<void>;
  /** Called after `prepare`. */
  launch(): Launch;
  /** Whether it answers; may throw to say no. Asked every few milliseconds while it starts. */
  ready(): Promise<boolean>;
  /** Called each time it became ready and each time it was found running: idempotent. */
  afterStart?(): Promise<void>;
  /** How it ends in good order, and how long that may take in milliseconds before it is killed. */
  readonly stop: { readonly signal: NodeJS.Signals; readonly timeout: number };
  /** Milliseconds that `ready` may take; default 20,000. */
  readonly patience?: number;
}

/** Work that is done once at each start, such as making the namespace. */
export interface Step {
  readonly name: string;
  readonly title: string;
  readonly dependsOn: readonly string[];
  run(): Promise<void>;
}

/** Work that is repeated for as long as the cloud is supervised. */
export interface Chore {
  readonly name: string;
  /** Milliseconds from the end of one time to the beginning of the next. */
  readonly pause: number;
  run(): Promise<void>;
}

/** All that makes one cloud run on this machine. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly components: readonly Component[];
  readonly chores: readonly Chore[];
}

/** How a test's own ovsdb-server is started. */
export interface TestServerOptions {
  /** Schema of the database: `/usr/share/ovn/ovn-nb.ovsschema`. */
  readonly schemaFile: string;
  /** Folder for database, sockets and log; default a temporary one, removed by `stop`. */
  readonly folder?: string;
  /** More remotes to listen on (`ptcp:PORT:127.0.0.1`). */
  readonly remotes?: readonly string[];
}

/** An ovsdb-server of a test. */
export interface TestOvsdbServer {
  /** `unix:…` address for clients. */
  readonly remote: string;
  readonly folder: string;
  readonly pid: number;
  /** Ends it and, when the folder was made here, removes it. */
  stop(): Promise<void>;
  /** SIGKILL; `restart` brings it back with what it had on the disk. */
  kill(): Promise<void>;
  /** Ends it if it runs, and starts it again on the same database and addresses. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT: a server that hangs. */
  freeze(): void;
  thaw(): void;
}

/** Starts an ovsdb-server with an empty database and waits until it accepts connections. */
export function startOvsdbServer(_options: TestServerOptions): Promise<TestOvsdbServer> {
  throw new Error('being written');
}

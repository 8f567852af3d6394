/** Who is asking: what a validated token says. Made by identity, handed to every operation. */
export interface Caller {
  readonly userId: string;
  readonly userName: string;
  readonly userDomainId: string;
  /** The project the token is scoped to; `undefined` for unscoped, domain and system tokens. */
  readonly projectId: string | undefined;
  readonly projectName: string | undefined;
  readonly projectDomainId: string | undefined;
  /** The domain the token is scoped to. */
  readonly domainId: string | undefined;
  readonly isSystem: boolean;
  /** Names of the roles, implied ones included. */
  readonly roles: ReadonlySet<string>;
  readonly isAdmin: boolean;
  readonly tokenExpiresAt: Date;
}

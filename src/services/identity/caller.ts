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
  /** The application credential that the token was made with. */
  readonly applicationCredential?:
    | {
        readonly id: string;
        readonly unrestricted: boolean;
        /** The only requests that the token is good for; `undefined` means all that its roles allow. */
        readonly accessRules: readonly AccessRule[] | undefined;
      }
    | undefined;
  /** The token was made with an EC2 access key. */
  readonly byEc2Key?: boolean | undefined;
  /** The trust that the token was made with: `userId` is its trustor if it impersonates, else its trustee. */
  readonly trust?:
    | {
        readonly id: string;
        readonly trustorUserId: string;
        readonly trusteeUserId: string;
        readonly impersonation: boolean;
      }
    | undefined;
}

/** A request that an application credential with access rules may make. */
export interface AccessRule {
  /** Type of the service, such as `compute`. */
  readonly service: string;
  readonly method: string;
  /** Pattern of the path: `/v2.1/servers/{server_id}`, `/v2.1/servers/*`, `/v2.0/**`. */
  readonly path: string;
}

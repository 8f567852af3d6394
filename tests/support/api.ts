/** One answer of the API. */
export interface Answer<T = Record<string, any>> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** A client of the HTTP API without any cleverness: what is sent and what came back. */
export class ApiClient {
  readonly root: string;
  readonly token: string;
  readonly projectId: string;

  constructor(root: string, token: string, projectId: string) {
    this.root = root;
    this.token = token;
    this.projectId = projectId;
  }

  static async login(
    root: string,
    user: string,
    password: string,
    project: string,
  ): Promise<ApiClient> {
    const reply = await fetch(`${root}/identity/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: user, domain: { id: 'default' }, password } },
          },
          scope: { project: { name: project, domain: { id: 'default' } } },
        },
      }),
    });
    const body = (await reply.json()) as { token?: { project: { id: string } } };
    const token = reply.headers.get('x-subject-token');
    if (reply.status !== 201 || token === null || body.token === undefined) {
      throw new Error(`no token for ${user}: ${reply.status} ${JSON.stringify(body)}`);
    }
    return new ApiClient(root, token, body.token.project.id);
  }

  async call<T = Record<string, any>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const reply = await fetch(this.root + path, {
      method,
      headers: {
        'x-auth-token': this.token,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await reply.text();
    let value: unknown = text;
    try {
      value = text === '' ? {} : JSON.parse(text);
    } catch {
      // Glance's errors are pages: left as text.
    }
    return { status: reply.status, body: value as T, headers: reply.headers };
  }

  /** The same, failing unless the status is a success. */
  async ok<T = Record<string, any>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<T> {
    const answer = await this.call<T>(method, path, body, headers);
    if (answer.status >= 400) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  }

  get = <T = Record<string, any>>(path: string) => this.ok<T>('GET', path);
  post = <T = Record<string, any>>(path: string, body: unknown) => this.ok<T>('POST', path, body);
  put = <T = Record<string, any>>(path: string, body: unknown) => this.ok<T>('PUT', path, body);
  delete = (path: string) => this.ok('DELETE', path);
}

import { sleep } from '../../../core/time.ts';
import { definite } from '../../fault.ts';
import type { SoftwareOutcome, SoftwareWish } from '../driver.ts';
import type { Engine } from './engine.ts';
import { outputOf } from './logs.ts';
import { INSIDE } from './start.ts';
import { tarArchive } from './tar.ts';

/** Where a server keeps what it ran; `<run>/` is one script with all it left. */
const FOLDER = '/var/lib/ovenbird/software';

/** Most bytes of each file that is given back; of longer ones the end. */
const FILE_LIMIT = 256 * 1024;
const MOST_OUTPUTS = 100;

/** How long between two looks at a script that runs, in milliseconds: at first, and at most. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

/**
 * What happens inside, by the busybox that every server has beside it. The link `started` is made by exactly one of those who
 * call `run`, and says which process of which run of the server began: so a script runs once, and whoever comes
 * later can tell whether it still does.
 *
 * run FOLDER         runs the script unless somebody has
 * look FOLDER        exit status: 0 it has ended, 10 nobody has begun, 11 it runs, 12 the server ended meanwhile
 * read FOLDER FILE…  a line for each file: its name, and its end in base64
 */
const SCRIPT = `busybox=${INSIDE}/busybox
mode=$1
folder=$2
shift 2
boot() {
  read -r line </proc/1/stat
  set -- \${line##*) }
  echo "\${20}"
}
case $mode in
run)
  "$busybox" ln -s "$(boot).$$" "$folder/started" 2>/dev/null || exit 0
  cd "$folder" || exit 1
  "$folder/config" </dev/null >"$folder/stdout" 2>"$folder/stderr"
  echo $? >"$folder/code.new"
  "$busybox" mv "$folder/code.new" "$folder/code"
  ;;
look)
  [ -f "$folder/code" ] && exit 0
  started=$("$busybox" readlink "$folder/started") || exit 10
  if [ "\${started%.*}" = "$(boot)" ] && kill -0 "\${started##*.}" 2>/dev/null; then exit 11; fi
  [ -f "$folder/code" ] && exit 0
  exit 12
  ;;
read)
  for name in "$@"; do
    [ -f "$folder/$name" ] || continue
    echo "$name $("$busybox" tail -c ${FILE_LIMIT} "$folder/$name" | "$busybox" base64 -w 0)"
  done
  ;;
esac
`;

interface Execution {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs the script above in a container, as its root. Source: Engine API, ContainerExec. */
async function execute(
  engine: Engine,
  container: string,
  words: readonly string[],
  options: { readonly environment?: readonly string[]; readonly detached?: boolean } = {},
): Promise<Execution> {
  const what = 'running a script in the container';
  const { environment = [], detached = false } = options;
  const made = await engine.json<{ Id: string }>({
    method: 'POST',
    path: `/containers/${container}/exec`,
    body: {
      User: '0',
      WorkingDir: '/',
      AttachStdout: !detached,
      AttachStderr: false,
      Env: environment,
      Cmd: [`${INSIDE}/busybox`, 'sh', ...words],
    },
    what,
  });
  const start = { method: 'POST', path: `/exec/${made?.Id}/start`, what } as const;
  if (detached) {
    await engine.json({ ...start, body: { Detach: true, Tty: false } });
    return { exitCode: null, output: '' };
  }
  const body = await engine.stream({
    ...start,
    body: { Detach: false, Tty: false },
    timeout: 60_000,
  });
  const limit = (MOST_OUTPUTS + 3) * FILE_LIMIT * 2;
  const output = body === undefined ? '' : (await outputOf(body, limit)).toString('utf8');
  const ended = await engine.json<{ ExitCode: number | null }>({
    path: `/exec/${made?.Id}/json`,
    what,
  });
  return { exitCode: ended?.ExitCode ?? null, output };
}

/** Puts the script into the container, below the folder of its run. */
async function bring(
  engine: Engine,
  container: string,
  folder: string,
  script: string,
): Promise<void> {
  const path = folder.slice(1);
  await engine.json({
    method: 'PUT',
    path: `/containers/${container}/archive`,
    query: { path: '/' },
    body: tarArchive([
      { path: `${path}/`, mode: 0o700 },
      { path: `${path}/agent`, mode: 0o600, content: Buffer.from(SCRIPT) },
      { path: `${path}/config`, mode: 0o700, content: Buffer.from(script) },
    ]),
    what: 'putting a script into the container',
  });
}

/** Files that the script left, by name. */
function filesIn(output: string): Map<string, string> {
  const lines = output.split('\n').filter((line) => line.includes(' '));
  return new Map(
    lines.map((line) => {
      const [name = '', content = ''] = line.split(' ');
      return [name, Buffer.from(content, 'base64').toString('utf8')];
    }),
  );
}

/** Runs a script in a running container once, whoever else has tried, and waits for its end. */
export async function carryOut(
  engine: Engine,
  container: string,
  { run, script, environment, outputs }: SoftwareWish,
  signal: AbortSignal,
): Promise<SoftwareOutcome> {
  // The id comes from the database: a name of a folder here, and nothing else. So are the outputs.
  if (!/^[\w-]{1,64}$/.test(run)) throw definite(`${run} is no id of a run`);
  const wanted = outputs.filter((name) => /^[\w.-]{1,128}$/.test(name)).slice(0, MOST_OUTPUTS);
  const folder = `${FOLDER}/${run}`;
  const agent = `${folder}/agent`;
  const look = async (): Promise<number | null> =>
    (await execute(engine, container, [agent, 'look', folder])).exitCode;
  let state = await look();
  for (let pause = FIRST_PAUSE; state !== 0 && state !== 12; pause *= 1.5) {
    if (state !== 11) {
      if (state !== 10) await bring(engine, container, folder, script);
      await execute(engine, container, [agent, 'run', folder], {
        detached: true,
        environment: [
          ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
          `heat_outputs_path=${folder}/output`,
        ],
      });
    }
    await sleep(Math.min(pause, LONGEST_PAUSE), signal);
    state = await look();
  }
  const names = ['code', 'stdout', 'stderr', ...wanted.map((name) => `output.${name}`)];
  const { output } = await execute(engine, container, [agent, 'read', folder, ...names]);
  const files = filesIn(output);
  return {
    exitCode: state === 12 ? undefined : Number(files.get('code') ?? 0),
    stdout: files.get('stdout') ?? '',
    stderr: files.get('stderr') ?? '',
    outputs: Object.fromEntries(
      wanted.flatMap((name) => {
        const value = files.get(`output.${name}`);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  };
}

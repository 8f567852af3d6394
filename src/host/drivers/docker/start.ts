import { gunzipSync } from 'node:zlib';
import { messageOf } from '../../../core/errors.ts';

/** Where a server finds what its host gives it, read-only. */
export const INSIDE = '/.ovenbird';

/**
 * The first program of every server (below tini), run by the busybox that lies beside it, so that nothing is asked
 * of the image. Applets are used by this script only: busybox's shell prefers them to programs of the same name, so
 * whatever belongs to the image is started by its full path.
 *
 * 1. Waits at the gate: the agent writes a line into the fifo once all interfaces are there. It does so again after
 *    every start, whoever started the container; an agent that died in between finds the server waiting.
 * 2. Runs user data that is a script, once in the life of the server's root file system, beside the image's own program.
 * 3. Becomes the image's own program.
 */
export const START_SCRIPT = `busybox=${INSIDE}/busybox
read -r gate <${INSIDE}/go
marker=/var/lib/ovenbird/user-data.started
server=
marked=none
[ -f ${INSIDE}/server ] && read -r server <${INSIDE}/server
if [ -e "$marker" ]; then marked=; read -r marked <"$marker"; fi
# An image of a server brings that server's marker along; one without a word is of before there were such images.
case $marked in '' | "$server") first= ;; *) first=1 ;; esac
if [ -f ${INSIDE}/notice ] && [ -n "$first" ]; then cat ${INSIDE}/notice; fi
if [ -f ${INSIDE}/user-data ] && [ -n "$first" ]; then
  mkdir -p /var/lib/ovenbird
  if echo "$server" >"$marker"; then
    (
      read -r interpreter <${INSIDE}/user-data
      interpreter=\${interpreter#"#!"}
      set -f
      set -- $interpreter
      if [ -x "$1" ]; then
        ${INSIDE}/user-data
      else
        case "\${1##*/}" in
          sh|ash|dash|bash)
            echo "ovenbird: the image has no $1; its user data is run by busybox sh"
            "$busybox" sh ${INSIDE}/user-data ;;
          *) echo "ovenbird: the image has no $1, which its user data asks for"; (exit 127) ;;
        esac
      fi
      echo "ovenbird: user data ended with exit status $?"
    ) </dev/null 2>&1 &
  else
    echo "ovenbird: user data was not run: $marker cannot be written"
  fi
fi
[ $# -eq 0 ] && exec "$busybox" sleep 2147483647
case "$1" in
  */*) exec "$@" ;;
esac
name=$1
shift
IFS=:
for folder in $PATH; do
  program=\${folder:-.}/$name
  if [ -f "$program" ] && [ -x "$program" ]; then exec -a "$name" "$program" "$@"; fi
done
echo "ovenbird: the image has no program $name in $PATH" >&2
exit 127
`;

/** The container's entrypoint; the image's own program follows as arguments. */
export const ENTRYPOINT: readonly string[] = [`${INSIDE}/busybox`, 'sh', `${INSIDE}/start`];

const SHELLS = new Set(['sh', 'ash', 'bash', 'dash', 'zsh']);

/**
 * The image's own program and its arguments. None when there is none, and when it is a bare shell: that would read
 * the end of its input at once and the server would be off before anybody could use it. The server then just stays.
 */
export function programOf(
  image: { readonly entrypoint: readonly string[]; readonly command: readonly string[] },
  command: readonly string[] | undefined,
): readonly string[] {
  const words = [...image.entrypoint, ...(command ?? image.command)];
  const [first, ...rest] = words;
  const isShell = first !== undefined && SHELLS.has(first.split('/').at(-1) ?? '');
  return isShell && rest.every((word) => /^-[il]+$|^--login$/.test(word)) ? [] : words;
}

/** Most bytes of unpacked user data: Nova takes 64 KiB of base64. */
const USER_DATA_LIMIT = 2 ** 20;

/** What becomes of user data: a script to run, or a sentence for the console. */
export function userDataOf(bytes: Buffer): { readonly script?: Buffer; readonly notice?: string } {
  let data = bytes;
  if (data.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) {
    try {
      data = gunzipSync(data, { maxOutputLength: USER_DATA_LIMIT });
    } catch (error) {
      return { notice: `ovenbird: user data cannot be unpacked: ${messageOf(error)}\n` };
    }
  }
  if (data.subarray(0, 2).toString('latin1') === '#!') return { script: data };
  return {
    notice:
      'ovenbird: user data is not a script (its first characters are not #!): it was not run, ' +
      "but the image's own software finds it at http://169.254.169.254/openstack/latest/user_data\n",
  };
}

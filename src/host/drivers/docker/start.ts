/** Where a server finds what its host gives it, read-only. */
export const INSIDE = '/.ovenbird';
/** Where it finds its config drive, if it has one. */
export const DRIVE = '/config-drive';
/** Where whoever rescues it finds its root file system. */
export const RESCUED = '/mnt';

/**
 * The first program of every server (below tini), run by the busybox that lies beside it, so that nothing is asked
 * of the image. Applets are used by this script only: busybox's shell prefers them to programs of the same name, so
 * whatever belongs to the image is started by its full path.
 *
 * 1. Waits at the gate: the agent writes a line into the fifo once all interfaces are there. It does so again after
 *    every start, whoever started the container; an agent that died in between finds the server waiting.
 * 2. Carries out user data (`guest/plan.ts`): some of it before the image's own program, some beside it; most of it once
 *    in the life of the server's root file system. An image with an init and cloud-init of its own does it itself.
 * 3. Becomes the image's own program.
 */
export const START_SCRIPT = `busybox=${INSIDE}/busybox
read -r gate <${INSIDE}/go
files=${INSIDE}/guest
notes=/var/lib/ovenbird
marker=$notes/user-data.started
log=/var/log/cloud-init-output.log

stage() { # name...
  (
    cd /
    . ${INSIDE}/functions
    export HOME="\${HOME:-/root}" INSTANCE_ID="$server"
    for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
      case ":$PATH:" in *":$folder:"*) ;; *) PATH=$PATH:$folder ;; esac
    done
    export PATH
    for name in "$@"; do if [ -f "$files/$name" ]; then . "$files/$name"; fi; done
  ) </dev/null 2>&1
}

guest() {
  server=
  marked=none
  [ -f ${INSIDE}/server ] && read -r server <${INSIDE}/server
  if [ -e "$marker" ]; then marked=; read -r marked <"$marker"; fi
  mkdir -p "$notes" /var/log 2>/dev/null
  # An image of a server brings that server's marker along; one without a word is of before there were such images.
  case $marked in
    '' | "$server") first= ;;
    *)
      first=1
      if ! echo "$server" >"$marker"; then
        echo "ovenbird: user data was not run: $marker cannot be written"
        return
      fi ;;
  esac
  { : >>"$log"; } 2>/dev/null || log=/dev/null
  if [ -f "$files/before-always" ] || { [ -n "$first" ] && [ -f "$files/before-once" ]; }; then
    # Told by a fifo and not by the end of the output: what user data leaves running may hold that open.
    rm -f "$notes/stage"
    mkfifo "$notes/stage" || return
    { stage before-always \${first:+before-once}; echo end >"$notes/stage"; } | tee -a "$log" &
    read -r end <"$notes/stage"
    rm -f "$notes/stage"
  fi
  {
    stage beside-always \${first:+beside-once}
    if [ -n "$first" ]; then
      mkdir -p /var/lib/cloud/instance && date >/var/lib/cloud/instance/boot-finished
    fi
  } 2>/dev/null | tee -a "$log" &
}

if [ -d "$files" ]; then
  case "\${1##*/}" in
    init | systemd) [ -x /usr/bin/cloud-init ] || guest ;;
    *) guest ;;
  esac
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
  wish: {
    readonly entrypoint?: readonly string[] | undefined;
    readonly command?: readonly string[] | undefined;
    readonly tty?: boolean;
  },
): readonly string[] {
  const { entrypoint, command } = wish;
  // As Docker has it: another entrypoint knows nothing of the image's command.
  const words = [
    ...(entrypoint ?? image.entrypoint),
    ...(command ?? (entrypoint === undefined ? image.command : [])),
  ];
  // With a terminal a shell waits for somebody to type.
  if (wish.tty) return words;
  const [first, ...rest] = words;
  const isShell = first !== undefined && SHELLS.has(first.split('/').at(-1) ?? '');
  return isShell && rest.every((word) => /^-[il]+$|^--login$/.test(word)) ? [] : words;
}

/**
 * Sets a password in a server that runs, called as root with the user's name; the hash is in its environment. Says why
 * not in its output.
 */
export const PASSWORD_SCRIPT = `. ${INSIDE}/functions
put_password "$1" "$password_hash" '' 2>&1
`;

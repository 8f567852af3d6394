#!/bin/sh
# Brings a fresh Debian machine to where `node src/cli/main.ts` and the tests run: Debian packages, Node packages
# (Node 24 among them), the command `ovenbird`. Does nothing, quickly, when nothing is missing.
# "setup.sh qemu": also what virtual machines need; "setup.sh tests": what only tests need.
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
export PATH

started=0
begin() { started=$(date +%s%3N); }
done_with() { echo "set-up: $1 ($(($(date +%s%3N) - started)) ms)"; }
fail() {
  echo "set-up: $1" >&2
  exit 1
}

# Whether a file (a pattern may stand for several) or a program is there.
present() {
  case $1 in
    /*) for file in $1; do [ -e "$file" ] && return 0; done; return 1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

missing=
look_for() {
  while read -r package proof; do
    case $package in '' | '#'*) continue ;; esac
    present "$proof" || missing="$missing $package"
  done <"$1"
}
look_for scripts/debian-packages.txt
case ${1:-} in
  tests)
    look_for scripts/debian-packages-tests.txt
    look_for scripts/debian-packages-qemu.txt
    ;;
  qemu) look_for scripts/debian-packages-qemu.txt ;;
esac
# Docker refuses to start a container where the kernel has AppArmor but its profiles cannot be loaded.
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null || :)" = Y ]; then
  present apparmor_parser || missing="$missing apparmor"
fi

# The services that come with the packages are not ours: a cloud runs its own, privately. Nothing that was
# installed before is touched.
units_of() {
  case $1 in
    openvswitch-switch) echo openvswitch-switch ovs-record-hostname ;;
    ovn-central) echo ovn-central ;;
    ovn-host) echo ovn-host ;;
    postgresql) echo postgresql ;;
    docker.io) echo docker.service docker.socket containerd.service ;;
  esac
}

install_packages() {
  command -v apt-get >/dev/null 2>&1 ||
    fail "these Debian packages are missing:$missing. This is no Debian: install their programs by hand."
  [ "$(id -u)" = 0 ] ||
    fail "these Debian packages are missing:$missing. Run it as root, or: sudo apt-get install --no-install-recommends$missing"
  policy=/usr/sbin/policy-rc.d
  made_policy=
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    made_policy=1
  fi
  trap '[ -z "$made_policy" ] || rm -f "$policy"' EXIT
  trap 'exit 1' INT TERM HUP
  case " $missing " in
    *" postgresql "*)
      # No server of the machine's own: it would only take memory.
      cluster=/etc/postgresql-common/createcluster.conf
      if [ ! -e $cluster ]; then
        mkdir -p "${cluster%/*}"
        echo 'create_main_cluster = false' >$cluster
      fi
      ;;
  esac
  log=$(mktemp)
  install() {
    # shellcheck disable=SC2086 # the list is words
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends \
      -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef \
      -o DPkg::Lock::Timeout=120 $missing </dev/null >"$log" 2>&1
  }
  echo "set-up: installing Debian packages:$missing"
  if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || ! install; then
    apt-get update --quiet >"$log" 2>&1 || {
      tail -n 5 "$log" >&2
      fail "apt-get update failed: is the network there, and /etc/apt/sources.list right?"
    }
    install || {
      tail -n 15 "$log" >&2
      fail "apt-get install failed (whole output: $log). What it says above is the cause; then repeat."
    }
  fi
  rm -f "$log"
  for package in $missing; do
    for unit in $(units_of "$package"); do
      # Without systemd nothing starts them anyway.
      if command -v systemctl >/dev/null 2>&1; then systemctl disable --quiet "$unit" >/dev/null 2>&1 || :; fi
    done
  done
}

if [ -n "$missing" ]; then
  begin
  install_packages
  done_with "Debian packages installed"
fi

# Again when the lock file is another one than the installed packages are of.
lock=$(cksum <package-lock.json)
stamp=node_modules/.ovenbird-lock
# A clone that borrows the packages of another (a link) leaves them to their owner, whom npm would disturb.
if [ -L node_modules ] && [ -x node_modules/.bin/node ]; then
  :
elif [ ! -x node_modules/.bin/node ] || [ "$(cat $stamp 2>/dev/null || :)" != "$lock" ]; then
  begin
  command -v npm >/dev/null 2>&1 || fail "npm is missing: install Debian's packages nodejs and npm, or Node 20 or newer."
  echo "set-up: installing Node packages"
  npm ci --ignore-scripts --no-fund --no-audit --loglevel=error ||
    fail "npm ci failed; what it says above is the cause (often: no network to the registry). Then repeat."
  [ -x node_modules/.bin/node ] ||
    fail "npm brought no Node for this machine: only Linux on x64 and arm64 is supported."
  echo "$lock" >$stamp
  done_with "Node packages installed"
fi

# Compiled once after each change of the sources, where bin/ovenbird looks for it.
cache=${NODE_COMPILE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ovenbird/node}
compiled=node_modules/.ovenbird-compiled
if [ "$(cat $compiled 2>/dev/null || :)" != "$cache" ] || [ ! -d "$cache" ] ||
  [ -n "$(find src -name '*.ts' -newer $compiled -print -quit)" ]; then
  begin
  NODE_COMPILE_CACHE=$cache node_modules/.bin/node scripts/compile.ts ||
    fail "the sources could not be loaded; what it says above is the cause."
  echo "$cache" >$compiled
  done_with "sources compiled"
fi

# So that `npx ovenbird` works in this folder.
if [ "$(readlink node_modules/.bin/ovenbird 2>/dev/null || :)" != ../../bin/ovenbird ]; then
  ln -sfn ../../bin/ovenbird node_modules/.bin/ovenbird
fi

/**
 * What plans of user data call, run by our busybox in the server. Whatever comes from users comes as an argument or a
 * file and is never read as shell here; scripts of users are started as programs of their own.
 *
 * busybox's shell takes applets for programs of the same name, so what belongs to the image is started by its full path.
 */
export const FUNCTIONS = `say() { echo "$1"; }
fail() { echo "ovenbird: $1" >&2; return 1; }

run_script() { # file, name
  file=$files/$1
  label=$2
  interpreter=
  read -r interpreter <"$file" || :
  set -f
  set -- \${interpreter#"#!"}
  set +f
  if [ -x "$1" ]; then
    (cd / && exec "$file") </dev/null
  else
    case "\${1##*/}" in
      sh | ash | dash | bash)
        echo "ovenbird: the image has no $1; its $label is run by busybox sh"
        (cd / && exec "$busybox" sh "$file") </dev/null ;;
      *) echo "ovenbird: the image has no $1, which its $label asks for"; (exit 127) ;;
    esac
  fi
  echo "ovenbird: $label ended with exit status $?"
}

write_file() { # path, file, mode, owner, append
  mkdir -p "\${1%/*}/" || return
  if [ -n "$5" ]; then cat "$files/$2" >>"$1" || return
  else cat "$files/$2" >"$1" || return
  fi
  chmod "$3" "$1"
  own "$4" "$1" || fail "write_files: $1 cannot belong to $4"
}

id_in() { awk -F: -v name="$2" '$1 == name { print $3; exit }' "/etc/$1" 2>/dev/null; }
has_entry() { [ -n "$(awk -F: -v name="$2" '$1 == name { print "y"; exit }' "/etc/$1" 2>/dev/null)" ]; }
home_of() { awk -F: -v name="$1" '$1 == name { print $6; exit }' /etc/passwd 2>/dev/null; }
next_id() { awk -F: -v from="$2" 'BEGIN { n = from } $3 >= n && $3 < from + 59000 { n = $3 + 1 } END { print n }' "/etc/$1"; }

# By the names in the server's own files; an image without such files has a root all the same.
own() { # owner[:group], file
  user=\${1%%:*} group=
  case $1 in *:*) group=\${1#*:} ;; esac
  case $user in root) user=0 ;; *[!0-9]*) user=$(id_in passwd "$user"); [ -n "$user" ] || return 1 ;; esac
  case $group in root) group=0 ;; *[!0-9]*) group=$(id_in group "$group"); [ -n "$group" ] || return 1 ;; esac
  [ -n "$user$group" ] || return 1
  chown "$user\${group:+:$group}" "$2"
}

replace() { # file: standard input becomes its content; it stays the file that it is
  content=$(cat; echo x)
  [ "$content" != x ] && printf %s "\${content%x}" >"$1"
}

add_group() { # name
  has_entry group "$1" && return
  touch /etc/group && echo "$1:x:$(next_id group 1000):" >>/etc/group || fail "group $1 cannot be made"
}

add_to_group() { # user, group
  has_entry group "$2" || add_group "$2" || return
  awk -F: -v OFS=: -v user="$1" -v name="$2" '
    $1 == name { known = 0; n = split($4, members, ","); for (i = 1; i <= n; i++) if (members[i] == user) known = 1
      if (!known) $4 = $4 == "" ? user : $4 "," user }
    { print }' /etc/group | replace /etc/group || fail "user $1 cannot join group $2"
}

add_user() { # name, id, primary group, full name, home, shell, system, no home
  if has_entry passwd "$1"; then echo "ovenbird: user $1 is there already"; return; fi
  touch /etc/passwd /etc/group || { fail "user $1 cannot be made"; return; }
  from=1000; [ -z "$7" ] || from=500
  uid=\${2:-$(next_id passwd $from)}
  if [ -n "$3" ]; then
    has_entry group "$3" || add_group "$3"
    gid=$(id_in group "$3")
  else
    if ! has_entry group "$1"; then
      gid=$uid
      awk -F: -v id="$gid" '$3 == id { taken = 1 } END { exit !taken }' /etc/group && gid=$(next_id group $from)
      echo "$1:x:$gid:" >>/etc/group
    fi
    gid=$(id_in group "$1")
  fi
  home=\${5:-/home/$1}
  shell=$6
  if [ -z "$shell" ]; then shell=/bin/sh; [ ! -x /bin/bash ] || shell=/bin/bash; fi
  [ -x "$shell" ] || echo "ovenbird: the image has no $shell, the shell of user $1"
  echo "$1:x:$uid:$gid:$4:$home:$shell" >>/etc/passwd || { fail "user $1 cannot be made"; return; }
  shadow_of "$1" '!' ''
  [ -z "$8" ] || return 0
  mkdir -p "$home" && { [ ! -d /etc/skel ] || cp -a /etc/skel/. "$home/"; } && chmod 755 "$home" && chown -R "$uid:$gid" "$home"
}

shadow_of() { # user, hash, expired: makes or replaces the entry
  if [ ! -e /etc/shadow ]; then (umask 077; : >/etc/shadow) || return; fi
  day=$(($(date +%s) / 86400)); [ -z "$3" ] || day=0
  { has_entry shadow "$1" || echo "$1:!::0:99999:7:::" >>/etc/shadow; } || return
  hash=$2 awk -F: -v OFS=: -v name="$1" -v day="$day" '
    $1 == name { $2 = ENVIRON["hash"]; $3 = day } { print }' /etc/shadow | replace /etc/shadow
}

put_password() { # user, hash, expired
  has_entry passwd "$1" || { fail "the image has no user $1, whose password is to be set"; return; }
  shadow_of "$1" "$2" "$3" || { fail "the password of $1 cannot be set"; return; }
  awk -F: -v OFS=: -v name="$1" '$1 == name { $2 = "x" } { print }' /etc/passwd | replace /etc/passwd
}

set_password() { # user, file, expired
  read -r hash <"$files/$2" && put_password "$1" "$hash" "$3"
}

lock_password() { # user
  awk -F: -v OFS=: -v name="$1" '$1 == name && substr($2, 1, 1) != "!" { $2 = "!" $2 } { print }' /etc/shadow |
    replace /etc/shadow || fail "the password of $1 cannot be locked"
}

authorize() { # user, file
  home=$(home_of "$1")
  [ -n "$home" ] || { fail "the image has no user $1 with a home, whose keys are given"; return; }
  mkdir -p "$home/.ssh" && chmod 700 "$home/.ssh" && touch "$home/.ssh/authorized_keys" || return
  while IFS= read -r key; do
    grep -qxF -e "$key" "$home/.ssh/authorized_keys" || echo "$key" >>"$home/.ssh/authorized_keys"
  done <"$files/$2"
  chmod 600 "$home/.ssh/authorized_keys"
  chown -R "$(id_in passwd "$1"):$(awk -F: -v name="$1" '$1 == name { print $4; exit }' /etc/passwd)" "$home/.ssh"
}

allow_sudo() { # file
  mkdir -p /etc/sudoers.d && (umask 0337; cat "$files/$1" >>/etc/sudoers.d/90-cloud-init-users) &&
    chmod 440 /etc/sudoers.d/90-cloud-init-users
  [ -x /usr/bin/sudo ] || [ -x /bin/sudo ] || echo "ovenbird: the image has no sudo"
  ! grep -q '^NoNewPrivs:[[:space:]]*1' /proc/self/status ||
    echo "ovenbird: sudo cannot raise rights in this server: its flavor does not allow it (ovenbird:setuid)"
}

password_logins() { # yes or no
  if [ -d /etc/ssh/sshd_config.d ]; then
    echo "PasswordAuthentication $1" >/etc/ssh/sshd_config.d/50-cloud-init.conf
  elif [ -f /etc/ssh/sshd_config ]; then
    sed "/^[# ]*PasswordAuthentication[ =]/d; 1i PasswordAuthentication $1" /etc/ssh/sshd_config | replace /etc/ssh/sshd_config
  else
    echo "ovenbird: the image has no SSH server to be told about passwords"
  fi
}

set_timezone() { # name
  [ -f "/usr/share/zoneinfo/$1" ] || { fail "the image has no time zone $1"; return; }
  ln -sfn "/usr/share/zoneinfo/$1" /etc/localtime && echo "$1" >/etc/timezone
}

install_packages() { # file with names and versions, upgrade
  manager=
  for program in /usr/bin/apt-get /sbin/apk /usr/bin/dnf /usr/bin/microdnf /usr/bin/yum /usr/bin/zypper; do
    if [ -x "$program" ]; then manager=$program; break; fi
  done
  [ -n "$manager" ] || { fail "packages are not installed: the image has no apt-get, apk, dnf, microdnf, yum or zypper"; return; }
  joint==
  case "$manager" in */dnf | */microdnf | */yum) joint=- ;; esac
  list=$files/$1
  upgrade=$2
  set --
  while IFS='	' read -r name version; do set -- "$@" "$name\${version:+$joint$version}"; done <"$list"
  case "$manager" in
    */apt-get)
      export DEBIAN_FRONTEND=noninteractive
      managed "$manager" -q -y update
      [ -z "$upgrade" ] || managed "$manager" -q -y -o Dpkg::Options::=--force-confold dist-upgrade
      [ $# -eq 0 ] || managed "$manager" -q -y -o Dpkg::Options::=--force-confold install "$@" ;;
    */apk)
      managed "$manager" update
      [ -z "$upgrade" ] || managed "$manager" upgrade
      [ $# -eq 0 ] || managed "$manager" add "$@" ;;
    */zypper)
      managed "$manager" --non-interactive refresh
      [ -z "$upgrade" ] || managed "$manager" --non-interactive update
      [ $# -eq 0 ] || managed "$manager" --non-interactive install "$@" ;;
    *)
      [ -z "$upgrade" ] || managed "$manager" -y upgrade
      [ $# -eq 0 ] || managed "$manager" -y install "$@" ;;
  esac
}

managed() { # program, arguments
  "$@" </dev/null || fail "packages: \${1##*/} failed with exit status $?: $*"
}
`;

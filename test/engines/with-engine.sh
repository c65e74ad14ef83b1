#!/usr/bin/env bash
# Runs a command with DOCKER_HOST at another container engine than this machine's: of a Debian system in a folder, in
# namespaces of its own, so that nothing of it is left afterwards but that folder. As root, on Debian with debootstrap.
#
#   with-engine.sh ENGINE [CGROUP] -- COMMAND…
#     ENGINE  docker-containerd, docker-classic (Docker Engine by its image store) or podman
#     CGROUP  machine (as they are mounted here, the default) or v2 (the engine sees the v2 hierarchy and nothing else)
#
# ENGINES_ROOT is the folder of that system (/var/tmp/sigstore-attestor-engines), ENGINES_SUITE its Debian suite (sid).
set -euo pipefail
. "$(dirname "$0")/only-root.sh"

packages=docker.io,docker-cli,podman,containerd,runc,crun,iproute2,iptables,ca-certificates

main() {
  engine=${1:-} cgroup=machine
  shift || true
  if [ "${1:-}" != -- ]; then
    cgroup=${1:-}
    shift || true
  fi
  case "$engine/$cgroup/${1:-}" in
    docker-containerd/machine/-- | docker-containerd/v2/--) ;;
    docker-classic/machine/-- | docker-classic/v2/--) ;;
    podman/machine/-- | podman/v2/--) ;;
    *)
      sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
      exit 2
      ;;
  esac
  shift
  root=${ENGINES_ROOT:-/var/tmp/sigstore-attestor-engines}
  require_root_owned "$root" ENGINES_ROOT
  [ -e "$root/.whole" ] || make_root
  work=$(mktemp -d /tmp/engine-XXXXXX)
  own=
  [ "$cgroup" = machine ] || own=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET)/${work##*/}
  trap clean EXIT
  (
    if [ -n "$own" ]; then
      # Podman moves whatever is in the group that it starts in: it gets one of its own.
      mkdir "$own"
      echo "$BASHPID" >"$own/cgroup.procs"
    fi
    exec unshare --mount --net --pid ${own:+--cgroup} --fork --kill-child --mount-proc \
      "$BASH" "$0" inside "$root" "$work" "$engine" "$cgroup" "$@"
  )
}

clean() {
  rm -rf "$work"
  [ -z "$own" ] || find "$own" -depth -type d -exec rmdir {} +
}

make_root() {
  rm -rf "$root"
  mkdir -p "$(dirname "$root")"
  # Not -p: somebody else may have made it meanwhile.
  mkdir "$root"
  debootstrap --variant=minbase --include="$packages" "${ENGINES_SUITE:-sid}" "$root" >&2
  touch "$root/.whole"
}

# The first process of the namespaces: when it ends, everything in them does.
inside() {
  root=$1 work=$2 engine=$3 cgroup=$4
  shift 4
  # A daemon configured without a bridge deletes that of another one: they do not see each other.
  ip link set lo up
  # A data root has to lie on a mount that the engine can see, and what the tests mount into containers too.
  mount --bind "$root" "$root"
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/sigstore-attestor
  mkdir -p "$cache" "$root$cache"
  for folder in /proc /sys /dev /tmp "$cache"; do mount --rbind "$folder" "$root$folder"; done
  mount -t tmpfs tmpfs "$root/run"
  if [ "$cgroup" = v2 ]; then
    umount --recursive "$root/sys/fs/cgroup"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  fi
  if [ "$engine" = podman ]; then start_podman; else start_docker; fi
  export DOCKER_HOST=unix://$work/engine.sock
  until chroot "$root" docker -H "$DOCKER_HOST" version >"$work/version" 2>&1; do
    if ! kill -0 "$daemon" 2>>"$work/log"; then
      cat "$work/log" >&2
      exit 1
    fi
    sleep 0.2
  done
  cat "$work/version" >&2
  local code=0
  "$@" || code=$?
  chroot "$root" docker -H "$DOCKER_HOST" ps --all --quiet | xargs -r chroot "$root" docker -H "$DOCKER_HOST" rm --force >"$work/removed"
  kill "$daemon"
  wait "$daemon" || true
  exit "$code"
}

# The engine's root is that of its mount namespace, as pivot_root makes it: from a mere chroot, what an engine starts in
# a running container (`exec`) would come out in the machine's own root.
in_root() {
  exec unshare --mount --propagation private "$BASH" -c '
    cd "$0"
    pivot_root . mnt
    umount --lazy /mnt
    exec "$@"' "$root" "$@"
}

start_docker() {
  local snapshotter=false
  [ "$engine" = docker-classic ] || snapshotter=true
  echo "{\"features\":{\"containerd-snapshotter\":$snapshotter}}" >"$work/daemon.json"
  in_root dockerd --config-file="$work/daemon.json" --host="unix://$work/engine.sock" \
    --data-root="$work/data" --exec-root="$work/exec" --pidfile="$work/engine.pid" \
    --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false >"$work/log" 2>&1 &
  daemon=$!
}

start_podman() {
  # crun refuses a machine with both hierarchies.
  local runtime=runc
  [ "$cgroup" = machine ] || runtime=crun
  mkdir -p "$root/etc/containers/registries.conf.d"
  printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' localhost >"$root/etc/containers/registries.conf.d/localhost.conf"
  printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' 127.0.0.1 >"$root/etc/containers/registries.conf.d/loopback.conf"
  # There is no controller to limit with in a hierarchy that has none.
  local limits=
  [ "$cgroup" = machine ] || limits='pids_limit = 0'
  printf '[containers]\n%s\n' "$limits" >"$work/containers.conf"
  CONTAINERS_CONF_OVERRIDE=$work/containers.conf PODMAN_IGNORE_CGROUPSV1_WARNING=1 in_root podman --cgroup-manager=cgroupfs --runtime="$runtime" \
    --root="$work/data" --runroot="$work/exec" --log-level=warn \
    system service --time=0 "unix://$work/engine.sock" >"$work/log" 2>&1 &
  daemon=$!
}

if [ "${1:-}" = inside ]; then
  shift
  inside "$@"
else
  main "$@"
fi

#!/usr/bin/env bash
# Runs a command in a machine of its own, with the kernel, the init and the cgroups of Debian 13: computed by QEMU,
# without a network, on disks that keep nothing. As root, on Debian with debootstrap, after `npm run setup` and a build.
#
#   with-machine.sh ENGINE CGROUP -- COMMAND…
#     ENGINE  docker-containerd, docker-classic (Docker Engine by its image store) or podman
#     CGROUP  v1 (no unified hierarchy at all), hybrid, or v2 (no other one); the engine has systemd make its groups
#
# The command runs as root in this checkout. Its clock counts instructions: however slowly they are computed, no time
# limit is missed. MACHINES_ROOT is the folder of the systems (/var/tmp/sigstore-attestor-machines).
set -euo pipefail
. "$(dirname "$0")/only-root.sh"

packages=systemd-sysv,dbus,udev,kmod,procps,linux-image-cloud-amd64,initramfs-tools,docker.io,docker-cli,podman,containerd,runc,crun
packages=$packages,iproute2,iptables,ca-certificates,apparmor,git,curl,bzip2,xz-utils,libstdc++6

main() {
  engine=${1:-} cgroup=${2:-}
  case "$engine/${3:-}" in
    docker-containerd/-- | docker-classic/-- | podman/--) ;;
    *) usage ;;
  esac
  # systemd 256 and 257 need the request twice.
  case "$cgroup" in
    v1) hierarchy='systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1' ;;
    hybrid) hierarchy='systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1' ;;
    v2) hierarchy='systemd.unified_cgroup_hierarchy=1' ;;
    *) usage ;;
  esac
  shift 3
  machines=${MACHINES_ROOT:-/var/tmp/sigstore-attestor-machines} root=$machines/trixie
  checkout=$(cd "$(dirname "$0")/../.." && pwd)
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/sigstore-attestor
  require_root_owned "$machines" MACHINES_ROOT
  [ -d "$machines" ] || mkdir "$machines"
  # Of its own, because QEMU 7.2 computes some instructions wrongly.
  make_folder qemu --variant=minbase --include=qemu-system-x86
  [ -e "$root.disk" ] || make_root
  work=$(mktemp -d "$machines/run-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  make_own_disk "$@"
  make_disk "$work/checkout.disk" "$checkout"
  make_disk "$work/cache.disk" "$cache"
  qemu -m 8G -nodefaults -no-reboot -display none -nic none \
    -kernel "$root/vmlinuz" -initrd "$root/initrd.img" -append "root=/dev/vda rw console=ttyS0 quiet $hierarchy" \
    -snapshot -drive "file=$root.disk,format=raw,if=virtio" -drive "file=$work/own.disk,format=raw,if=virtio" \
    -drive "file=$work/checkout.disk,format=raw,if=virtio" -drive "file=$work/cache.disk,format=raw,if=virtio" \
    -serial "file:$work/console" -serial stdio </dev/null | tee "$work/out"
  local code
  code=$(tr -d '\r' <"$work/out" | sed -n 's/^machine: the command ended with \([0-9]*\)$/\1/p' | tail -1)
  [ -n "$code" ] || cat "$work/console" >&2
  exit "${code:-1}"
}

usage() {
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
  exit 2
}

# A Debian system in a folder, unless it is there: its name, and debootstrap's options.
make_folder() {
  local folder=$machines/$1
  [ ! -e "$folder/.whole" ] || return 0
  rm -rf "$folder"
  mkdir -p "$folder"
  debootstrap "${@:2}" trixie "$folder" >&2
  touch "$folder/.whole"
}

qemu() {
  mkdir -p "$machines/qemu$machines"
  unshare --mount "$BASH" -c '
    mount --rbind /dev "$0/qemu/dev"
    mount --bind "$0" "$0/qemu$0"
    exec chroot "$0/qemu" qemu-system-x86_64 -accel tcg -icount shift=0,sleep=off -cpu max "$@"' "$machines" "$@"
}

make_root() {
  make_folder trixie --include="$packages"
  local unit=sigstore-attestor-command.service
  cat >"$root/etc/systemd/system/$unit" <<'UNIT'
[Unit]
After=multi-user.target docker.service
[Service]
Type=oneshot
Environment=HOME=/root
ExecStart=/bin/bash -c 'mkdir /own && mount /dev/vdb /own && exec /bin/bash /own/begin'
UNIT
  mkdir -p "$root/etc/systemd/system/graphical.target.wants"
  ln -sf "../$unit" "$root/etc/systemd/system/graphical.target.wants/$unit"
  make_disk "$root.disk" "$root"
}

# A folder as a disk that grows as it is written to.
make_disk() {
  truncate --size=16G "$1.new"
  mke2fs -q -t ext4 -E root_owner=0:0 -d "$2" "$1.new"
  mv "$1.new" "$1"
}

# What is this run's own: what to do, and the Node and npm that this machine has.
make_own_disk() {
  local own=$work/own node
  node=$(readlink -f "$(command -v node)")
  mkdir -p "$own/bin" "$own/lib"
  cp "$node" "$own/bin/node"
  cp -r "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$own/lib/npm"
  ln -s ../lib/npm/bin/npm-cli.js "$own/bin/npm"
  ln -s ../lib/npm/bin/npx-cli.js "$own/bin/npx"
  {
    declare -f inside start_docker start_podman
    declare -p engine cgroup checkout cache
    printf 'inside'
    printf ' %q' "$@"
    printf '\n'
  } >"$own/begin"
  make_disk "$work/own.disk" "$own"
}

# In the machine, by its init.
inside() {
  set -e
  stty -F /dev/ttyS1 raw
  exec >/dev/ttyS1 2>&1
  trap 'systemctl poweroff --force' EXIT
  export PATH=/own/bin:$PATH HOME=/root NO_COLOR=1
  mkdir -p "$checkout" "$cache"
  mount /dev/vdc "$checkout"
  mount /dev/vdd "$cache"
  ip link set lo up
  if [ "$engine" = podman ]; then start_podman; else start_docker; fi
  uname -r
  systemctl --version | head -1
  grep cgroup /proc/mounts
  docker version --format '{{.Server.Version}}'
  docker info --format '{{.Driver}} {{.CgroupDriver}} {{.CgroupVersion}}'
  cd "$checkout"
  # Through a pipe: to a terminal, programs would draw.
  { time "$@" </dev/null 2>&1 || echo $? >/run/code; } | cat
  echo "machine: the command ended with $(cat /run/code 2>/dev/null || echo 0)"
}

start_docker() {
  local snapshotter=false
  [ "$engine" = docker-classic ] || snapshotter=true
  mkdir -p /etc/docker
  echo "{\"features\":{\"containerd-snapshotter\":$snapshotter},\"exec-opts\":[\"native.cgroupdriver=systemd\"]}" >/etc/docker/daemon.json
  systemctl restart docker
  export DOCKER_HOST=unix:///run/docker.sock
}

start_podman() {
  systemctl stop docker.socket docker
  mkdir -p /etc/containers/registries.conf.d
  printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' localhost >/etc/containers/registries.conf.d/localhost.conf
  printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' 127.0.0.1 >/etc/containers/registries.conf.d/loopback.conf
  # crun wants hierarchies of v1 that this kernel has not any more.
  local runtime=runc
  [ "$cgroup" != v2 ] || runtime=crun
  printf '[engine]\ncgroup_manager = "systemd"\nruntime = "%s"\n' "$runtime" >/etc/containers/containers.conf
  systemctl start podman.socket
  export DOCKER_HOST=unix:///run/podman/podman.sock
}

main "$@"

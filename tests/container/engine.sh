#!/usr/bin/env bash
# Builds the image `mockserver` of this checkout with a real Docker Engine and runs COMMAND with both.
#
#   tests/container/engine.sh COMMAND [ARGUMENT...]
#
# An engine that is there already (`docker version` says so) is used as it is. Where there is none, one
# is started by hand: Debian's own packages, unpacked and not installed, on a private socket, and ended
# again. That wants root on Debian. No registry of images has to be reached for it: the base image is
# made with debootstrap and laid out like python:*-slim. What this does not test is pulling that one.
#
# COMMAND finds `docker` with buildx and compose, and BASE_IMAGE, what the image was built from.
# Its exit code is that of this script; no engine or no image is a failure, never something to skip.
# Downloads are kept for a week in ${TMPDIR:-/tmp}/mockserver-engine.
set -euo pipefail
(($#)) || { sed -n '4s/^# *//p' "$0" >&2; exit 2; }

root=$(cd "$(dirname "$0")/../.." && pwd)
suite=trixie # has Python 3.13, like the base that the Dockerfile names
store=${TMPDIR:-/tmp}/mockserver-engine
run='' engine_pid='' had_bridge=''
say() { printf '[%3d s] %s\n' "$SECONDS" "$*"; }
die() { say "engine.sh: $*" >&2; exit 1; }
logged() { "$@" >"$run/log" 2>&1 || { tail -40 "$run/log" >&2; die "failed: $1"; }; }
fresh() { [[ -n $(find "$1" -maxdepth 0 -mtime -7 2>/dev/null) ]]; }

# The engine is our own, so all its containers and networks are, and all that it has mounted.
finish() {
  set +e
  if [[ $engine_pid ]]; then
    docker ps -aq | xargs -r docker rm -f
    docker network prune -f
    kill "$engine_pid"
    timeout 20 tail --pid "$engine_pid" -f /dev/null || kill -9 "$engine_pid"
    [[ $had_bridge ]] || ip link del docker0
  fi >/dev/null 2>&1
  if [[ $run ]]; then
    awk -v p="$run" '$2 == p || index($2, p "/") == 1 {print $2}' /proc/self/mounts | sort -r | xargs -r -n1 umount
    rm -rf --one-file-system "$run"
  fi
}

# Everything this machine needs, in its own release: what the engine runs with and the base is made by.
install_tools() {
  local each missing=()
  for each in debootstrap runc iptables iproute2 ca-certificates; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' $each 2>/dev/null) == installed ]] || missing+=("$each")
  done
  ((${#missing[@]})) || return 0
  say "apt-get install ${missing[*]}"
  logged apt-get -qq update
  DEBIAN_FRONTEND=noninteractive logged apt-get -qq install -y --no-install-recommends "${missing[@]}"
}

debian_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL) $(COMPONENT)' |
    awk '$2 == "Debian" && $3 == "Debian" && $4 == "main" && !found {print $1; found = 1}'
}

# Unpacked, so that no service starts and no other `docker` of this machine is touched.
download_engine() {
  fresh "$store/engine" && return 0
  say "downloading the engine: docker.io of Debian $suite"
  local apt=(apt-get -qq -o "Dir::Etc::SourceList=$run/suite.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$run/lists" -o "Dir::Cache=$run/cache" -o APT::Sandbox::User=root)
  mkdir -p "$run/lists/partial" "$run/cache/archives/partial" "$run/deb" "$store"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $1 $suite main" >"$run/suite.list"
  logged "${apt[@]}" update
  (cd "$run/deb" && logged "${apt[@]}" download docker.io containerd docker-cli docker-compose docker-buildx)
  rm -rf "$store/engine" "$store/engine.part"
  for each in "$run"/deb/*.deb; do dpkg-deb -x "$each" "$store/engine.part"; done
  touch "$store/engine.part"
  mv "$store/engine.part" "$store/engine"
}

# pip in the build has to trust whom pip on this machine trusts: some networks sign anew what they pass on.
make_base() {
  fresh "$store/base.tar" && return 0
  say "making the base image: Debian $suite with Python"
  logged debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv "$suite" "$run/base" "$1"
  logged chroot "$run/base" sh -c 'python3 -m venv /usr/local && ln -sf pip3 /usr/local/bin/pip && apt-get clean'
  cp -L "${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}" "$run/base/etc/ssl/certs/ca-certificates.crt"
  printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$run/base/etc/pip.conf"
  tar -C "$run/base" --exclude='./var/lib/apt/lists/*' -cf "$store/base.tar.part" .
  mv "$store/base.tar.part" "$store/base.tar"
  rm -rf "$run/base"
}

# Without rules in the firewall: ports are published by the engine's own proxy, and networks lead nowhere.
start_engine() {
  export PATH=$store/engine/usr/bin:$store/engine/usr/sbin:/usr/sbin:/sbin:$PATH
  export DOCKER_HOST=unix://$run/docker.sock DOCKER_CONFIG=$run/client
  mkdir "$DOCKER_CONFIG"
  ln -s "$store/engine/usr/libexec/docker/cli-plugins" "$DOCKER_CONFIG/cli-plugins"
  [[ ! -e /sys/class/net/docker0 ]] || had_bridge=1
  dockerd --data-root "$run/data" --exec-root "$run/exec" --pidfile "$run/pid" --host "$DOCKER_HOST" \
    --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
    >"$run/engine.log" 2>&1 </dev/null 9>&- &
  engine_pid=$!
  for _ in $(seq 150); do
    docker version >/dev/null 2>&1 && return 0
    kill -0 "$engine_pid" 2>/dev/null || break
    sleep 0.2
  done
  tail -5 "$run/engine.log" >&2
  die "the engine did not start"
}

build=(docker build --progress plain --tag mockserver)
if docker version >/dev/null 2>&1; then
  docker compose version >/dev/null || die "the engine of this machine has no 'docker compose'"
  export BASE_IMAGE=${BASE_IMAGE:-$(sed -n 's/^ARG BASE_IMAGE=//p' "$root/Dockerfile")}
else
  [[ $(id -u) == 0 && -e /etc/debian_version ]] || die "no Docker Engine: start one, or be root on Debian"
  trap finish EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir -p "$store"
  exec 9>"$store/lock" # two engines would give the same addresses to their containers
  flock --nonblock 9 || { say "waiting for another run to end"; flock 9; }
  run=$(mktemp -d /tmp/engine.XXXXXX) # short, since the path of a socket is
  mount -t tmpfs -o mode=0700,size=6g engine "$run" || say "no memory to work in: on disk"
  install_tools
  mirror=$(debian_mirror)
  [[ $mirror ]] || { logged apt-get -qq update; mirror=$(debian_mirror); }
  [[ $mirror ]] || die "apt-get of this machine knows no mirror of Debian"
  download_engine "$mirror"
  make_base "$mirror"
  start_engine
  export BASE_IMAGE=localhost/python:$suite
  docker import --change 'ENV LANG=C.UTF-8 PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'CMD ["python3"]' "$store/base.tar" "$BASE_IMAGE" >/dev/null
  build+=(--network host)
  # Its helper image cannot be had, and what is left over ends with the engine. The engine is on this
  # machine, though this machine may look like a container itself.
  export TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_CONNECTION_MODE=docker_host
fi
say "Docker $(docker version --format '{{.Server.Version}}'): building the image from $BASE_IMAGE"
build+=(--build-arg "BASE_IMAGE=$BASE_IMAGE")
for each in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  [[ -z ${!each:-} ]] || build+=(--build-arg "$each")
done
log=$(mktemp)
"${build[@]}" "$root" >"$log" 2>&1 || { tail -40 "$log" >&2; rm -f "$log"; die "the image was not built"; }
rm -f "$log"
say "built; running: $*"
"$@" 9>&-

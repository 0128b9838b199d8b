#!/bin/sh
# Builds the image and runs it for real, without a Docker engine and without an image registry:
# Debian's podman and runc, and a base image that debootstrap makes. Called by `make docker-check`.
#
# From the environment, each optional:
#   DEBIAN_SUITE   what the base image is of (trixie: bookworm's Python 3.11.2 is too old for the
#                  versions in constraints.txt)
#   DEBIAN_MIRROR  where debootstrap fetches from; empty takes its default
#   TORCH_INDEX    an index of torch's CPU wheels; empty takes pip's default (10 GB of disk)
#   KGQA_CHECK_PORT  a free port for Prefect's server (14200)
# Packages come from where `pip config list` on this machine says. Images, packages and the base
# stay for the next time; `podman rmi kgqa kgqa-base:trixie` frees them.
set -eu

cd "$(dirname "$0")/.."
SUITE=${DEBIAN_SUITE:-trixie}
BASE=localhost/kgqa-base:$SUITE
PORT=${KGQA_CHECK_PORT:-14200}
WORK=$(mktemp -d)
SERVER=

say() { printf 'docker-check: %s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

finish() {
  [ -z "$SERVER" ] || podman rm --force --time 10 "$SERVER" >/dev/null 2>&1 || true
  rm -rf --one-file-system "$WORK"  # a debootstrap that was cut off may leave /proc mounted in it
}
trap finish EXIT
trap 'exit 130' INT TERM

[ "$(id -u)" -eq 0 ] || fail "expected to run as root, got user $(id -un); use sudo"
missing=
for program in podman runc debootstrap; do
  command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
[ -z "$missing" ] || fail "not installed:$missing; apt-get install podman runc debootstrap"

# pip's settings of this machine, for the build; its certificates go along as a file. pip lists
# what the environment sets first, and that wins: a name that stood there twice would be an error.
pip_settings() {
  printf '[global]\n'
  python3 -m pip config list 2>/dev/null | sed -n \
    -e 's/\\n/ /g' \
    -e "s/^\(:env:\|global\)\.\(index-url\|extra-index-url\|default-timeout\)='\(.*\)'$/\2 = \3/p" |
    awk '!seen[$1]++'
  [ ! -s "$WORK/ca" ] || printf 'cert = /etc/pip-ca.crt\n'
}
certificates=${PIP_CERT:-$(python3 -m pip config get global.cert 2>/dev/null || true)}
if [ -n "$certificates" ]; then cat "$certificates" >"$WORK/ca"; else : >"$WORK/ca"; fi
pip_settings >"$WORK/pip.conf"

if ! podman image exists "$BASE"; then
  say "base image: debootstrap of $SUITE with python3"
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
    "$SUITE" "$WORK/base" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$WORK/debootstrap.log" ||
    { tail -n 20 "$WORK/debootstrap.log" >&2; fail "debootstrap failed"; }
  tar -C "$WORK/base" -c . | podman import - "$BASE" >/dev/null
  rm -rf "$WORK/base"
fi

say "build"
started=$(date +%s)
podman build --isolation chroot --network host --format docker \
  --build-arg BASE_IMAGE="$BASE" --build-arg TORCH_INDEX="${TORCH_INDEX:-}" \
  --secret id=pip,src="$WORK/pip.conf" --secret id=ca,src="$WORK/ca" \
  --file docker/Dockerfile --tag localhost/kgqa .
say "built in $(($(date +%s) - started)) s"

mkdir "$WORK/graph"
chown 1000 "$WORK/graph"
# OPTION... -- WORD...: the image with the graph's folder and the sample corpus.
in_image() {
  podman --runtime runc run --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 --network host \
    --volume "$WORK/graph:/graph" --volume "$PWD/data/articles:/documents:ro" "$@"
}
# FILE WORD...: the JSON in a file has these words in it, one after the other.
expect() {
  file=$1; shift
  grep -q "$*" "$file" || { cat "$file" >&2; fail "expected $* in the output above"; }
}

[ "$(in_image --rm --entrypoint id localhost/kgqa -u)" = 1000 ] || fail "expected user 1000"
documents=$(find data/articles -type f | wc -l)
say "ingest"
in_image --rm localhost/kgqa ingest /documents --json | tee "$WORK/ingest.json"
expect "$WORK/ingest.json" '"rejected": 0'
say "ask"
in_image --rm localhost/kgqa ask "Where was Ada Lovelace born?" --json >"$WORK/ask.json"
expect "$WORK/ask.json" '"text": "London"'
say "Where was Ada Lovelace born? London"

say "Prefect's server, its health, and the ingest as a flow"
SERVER=$(in_image --detach --entrypoint prefect localhost/kgqa \
  server start --no-ui --host 127.0.0.1 --port "$PORT")
tries=0
until podman exec "$SERVER" python -c \
  "import urllib.request as r; r.urlopen('http://127.0.0.1:$PORT/api/health', timeout=5)" \
  >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { podman logs "$SERVER" >&2; fail "Prefect's server does not answer"; }
  sleep 5
done
podman healthcheck run "$SERVER" || fail "the image's health check fails"
in_image --rm --env PREFECT_API_URL="http://127.0.0.1:$PORT/api" localhost/kgqa \
  flows run ingest /documents --json | tee "$WORK/flow.json"
expect "$WORK/flow.json" '"added": 0, "updated": 0, "unchanged":'
say "passed: $documents files ingested, a question answered, the flow found nothing new"

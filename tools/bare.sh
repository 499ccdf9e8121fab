#!/usr/bin/env bash
# Tries everything on a bare Debian 12: `tools/bare.sh DIR` makes a minimal system in DIR, puts a fresh clone of what is
# committed there, runs ./run and ./check in it as root, and prints the times. Needs root, git and debootstrap, and about
# 3 GB in DIR. Packages come from where this machine's apt takes them. DIR stays afterwards; remove it by hand.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

if (($# != 1)); then
  echo "usage: tools/bare.sh DIR" >&2
  exit 2
fi
if ((EUID != 0)) || ! command -v debootstrap >/dev/null; then
  echo "tools/bare.sh needs root, and: apt-get install debootstrap" >&2
  exit 2
fi
dir=$1
mkdir -p "$dir"
if [[ $(ls -A "$dir") ]]; then
  echo "$dir is not empty" >&2
  exit 2
fi
dir=$(cd "$dir" && pwd)

# What apt uses on this machine for Debian 12: "URI SUITE COMPONENT" a line.
# shellcheck disable=SC2016  # $(...) is apt's own notation
sources=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' |
  awk '$2 ~ /^bookworm/ && $4 == "Debian" {print $1, $2, $3}' | sort -u)
mirror=$(awk '$2 == "bookworm" {print $1; exit}' <<<"$sources")
if [[ ! $mirror ]]; then
  echo "apt on this machine knows no source of Debian 12 (bookworm); run apt-get update first" >&2
  exit 2
fi

report=
timed() {  # timed NAME COMMAND...: runs it and keeps the time, whatever comes out
  local name=$1 begin status=0 text
  shift
  begin=$(date +%s%N)
  "$@" || status=$?
  printf -v text '%-14s %8.2f s   status %d' "$name" "$(($(date +%s%N) - begin))e-9" "$status"
  report+=$text$'\n'
  return "$status"
}

timed debootstrap debootstrap --variant=minbase bookworm "$dir" "$mirror" >"$dir.debootstrap" || { tail "$dir.debootstrap"; exit 1; }
mv "$dir.debootstrap" "$dir/debootstrap.log"
while read -r source; do echo "deb $source"; done <<<"$sources" >"$dir/etc/apt/sources.list"
apt-config dump | grep -E '^Acquire::(https?|Check-|Retries)' >"$dir/etc/apt/apt.conf.d/90host" || true
cp /etc/resolv.conf /etc/hosts "$dir/etc/"
git clone -q "$root" "$dir/gradus"

# A mount namespace of its own: nothing stays mounted, however this ends. An almost empty environment: nothing of this
# machine's set-up helps.
# shellcheck disable=SC2016,SC2317
inside() {
  unshare --mount env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" LC_ALL=C.UTF-8 \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" \
    bash -c 'mount -t proc proc "$1/proc" && { mount --rbind /sys "$1/sys" || true; } &&
             { mount --rbind /dev "$1/dev" || true; } && shift &&
             exec chroot "$0" bash -c "cd /gradus && exec \"\$@\"" bash "$@"' "$dir" "$dir" "$@"
}
status=0
timed "./run" inside ./run || status=1
timed "./run again" inside ./run --version || status=1
timed "./check" inside ./check || status=1
echo
printf '%s' "$report"
exit "$status"

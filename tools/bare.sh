#!/usr/bin/env bash
# Does tjac work on a fresh machine? Makes a bare Debian 12 in a folder, clones HEAD into it and runs
# the README's two commands there. Needs root, debootstrap, some minutes, and up to 10 GB.
#
#   tools/bare.sh [--torch VERSION] [--keep] [--dir DIR] [--mirror URL] [--bind PATH]... [--ca FILE]
#
#   --torch VERSION  TJAC_TORCH of tools/deps.sh, e.g. 2.14.1
#   --dir DIR        where the Debian is made; must not be there yet
#   --keep           it stays, to look around; else it is removed, on failure too
#   --mirror URL     of Debian
#   --bind PATH      a file or folder of this machine, seen inside at the same path, read-only: for a
#                    pip that has its configuration or its packages there
#   --ca FILE        certificates that are trusted inside too
#
# Of the environment it keeps what names proxies and certificates, and pip's settings. What is mounted
# is mounted in a namespace of its own and is gone with the last process in there: nothing that is
# removed afterwards can be a mount.
set -euo pipefail

say() { printf '\ntools/bare.sh: %s\n' "$*"; }
fail() { echo "tools/bare.sh: $*" >&2; exit 2; }

torch="" keep="" dir="" ca="" mirror=http://deb.debian.org/debian bind=()
while [ $# -gt 0 ]; do
    case $1 in
    --keep) keep=yes ;;
    --torch | --dir | --mirror | --bind | --ca)
        [ $# -gt 1 ] || fail "$1 needs a value"
        case $1 in
        --torch) torch=$2 ;;
        --dir) dir=$2 ;;
        --mirror) mirror=$2 ;;
        --bind) bind+=("$(realpath -e -s -- "$2")") ;;
        --ca) ca=$(realpath -e -- "$2") ;;
        esac
        shift ;;
    *) fail "unknown option '$1': see the head of this file" ;;
    esac
    shift
done
[ "$(id -u)" = 0 ] || fail "it must be run by root, who may chroot and mount"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
[ -z "$dir" ] || [ ! -e "$dir" ] || fail "'$dir' is there already: give --dir a folder to be made"
cd -P "$(dirname "$0")/.."

# ---- its folder, and its end ----

if [ -n "$dir" ]; then mkdir -p "$dir"; else dir=$(mktemp -d "${TMPDIR:-/tmp}/tjac-bare.XXXXXX"); fi
dir=$(realpath "$dir")

child=""
clean_up()
{
    if [ -n "$child" ]; then # with it ends all that runs in there
        kill -KILL "$child" 2>/dev/null && wait "$child" 2>/dev/null || true
        sleep 1
    fi
    if grep -qF " $dir/" /proc/self/mountinfo; then
        echo "tools/bare.sh: something is mounted in $dir, which stays" >&2
    elif [ -n "$keep" ]; then
        echo "tools/bare.sh: $dir stays; chroot $dir enters it"
    else
        rm -rf --one-file-system -- "$dir"
    fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---- inside ----

kept=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR \
    REQUESTS_CA_BUNDLE CURL_CA_BUNDLE "${!PIP_@}"; do
    [ -z "${!name+set}" ] || kept+=("$name=${!name}")
done
[ -z "$torch" ] || kept+=("TJAC_TORCH=$torch")

# apart COMMAND...: with mounts and processes of its own; waited for, so that a signal is heard meanwhile
apart()
{
    local status=0
    unshare --mount --pid --fork --kill-child "$@" &
    child=$!
    wait "$child" || status=$?
    child=""
    return $status
}

# inside COMMAND: bash's, in the bare Debian
inside()
{
    # shellcheck disable=SC2016
    apart bash -euc '
        dir=$1 n=$2
        shift 2
        mount -t proc proc "$dir/proc"
        mount -t devpts -o newinstance,ptmxmode=666 devpts "$dir/dev/pts"
        mount -o bind,ro /sys "$dir/sys"
        for path in "${@:1:n}"; do
            mkdir -p "$dir${path%/*}"
            if [ -d "$path" ]; then mkdir -p "$dir$path"; else touch "$dir$path"; fi
            mount -o bind,ro "$path" "$dir$path"
        done
        shift "$n"
        exec chroot "$dir" "$@"' bash "$dir" "${#bind[@]}" "${bind[@]}" \
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "${kept[@]}" \
        bash -euc "$1"
}

# timed WHAT COMMAND...
timed()
{
    local what=$1 start=$SECONDS
    shift
    "$@" || { echo "tools/bare.sh: $what failed after $((SECONDS - start)) s" >&2; exit 1; }
    took+="; $what $((SECONDS - start)) s"
}

took=""
say "making a bare Debian 12 in $dir"
timed debootstrap apart debootstrap --variant=minbase bookworm "$dir" "$mirror" > >(grep -v '^I: ' >&2)
[ -z "$ca" ] || install -D -m 644 "$ca" "$dir/usr/local/share/ca-certificates/host.crt"

say "cloning HEAD, $(git log -1 --format='%h, %s')"
git clone --quiet --depth 1 "file://$PWD" "$dir/root/tjac"

say "installing make, which the README asks for"
timed make inside 'apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends make >/dev/null 2>&1'

# Every line of the README's first sh block, as it stands.
# shellcheck disable=SC2016
mapfile -t command < <(sed -n '/^```sh$/,/^```$/{/^```/d;p}' README.md | head -n 2)
[ "${command[*]}" = "make demo make test" ] || fail "the README's commands are not 'make demo' and 'make test' any more"
for line in "${command[@]}"; do
    say "$line"
    timed "$line" inside "cd /root/tjac; $line"
done

with=$(inside '/root/tjac/build/tjac --version' | grep LibTorch)
say "a bare Debian 12 runs both commands with $with$took; $(du -sxm "$dir" | cut -f 1) MB"

# Sourced by the scripts that build images: where buildah keeps them, and
# stand-ins for published images, made from Debian packages under their names.
# shellcheck shell=bash

cache=${PRESCREEN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/prescreen}
images=$cache/images
mkdir -p "$images"
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=overlay
buildah=(buildah --root "$images/store" --runroot "$images/run")
debian=bookworm

for c in buildah mmdebstrap; do
  command -v "$c" >/dev/null || { echo "image: $c is not installed: run make deps-cluster" >&2; exit 2; }
done

have() { "${buildah[@]}" inspect --type image "$1" >/dev/null 2>&1; }

# from_packages NAME VARIANT PACKAGES [buildah config options] commits an image
# with these packages.
from_packages() {
  local name=$1 variant=$2 packages=$3 c root
  shift 3
  root=$images/$(basename "${name//:/-}").tar
  echo "image: making $name from Debian packages" >&2
  mmdebstrap --quiet --variant="$variant" --include="$packages" "$debian" "$root" >&2
  c=$("${buildah[@]}" from scratch)
  "${buildah[@]}" add --quiet "$c" "$root" / >&2
  rm -f "$root"
  "${buildah[@]}" copy --quiet "$c" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt >&2
  [ $# -eq 0 ] || "${buildah[@]}" config "$@" "$c" >&2
  printf '%s' "$c"
}

commit() { "${buildah[@]}" commit --quiet --timestamp 0 --rm "$1" "$2" >&2; }

# base_cc stands in for distroless/cc: no shell, no package manager.
base_cc() {
  local name=gcr.io/distroless/cc-debian12:nonroot c
  have "$name" && return
  c=$(from_packages "$name" extract libc6,libstdc++6,libgcc-s1,ca-certificates,tzdata,netbase,base-files --user 65532:65532)
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$images/passwd"
  "${buildah[@]}" copy --quiet "$c" "$images/passwd" /etc/passwd >&2
  commit "$c" "$name"
}

# base_golang stands in for the Go image, with the Go of this machine.
base_golang() {
  local name=docker.io/library/golang:1.26-bookworm c
  have "$name" && return
  c=$(from_packages "$name" minbase gcc,g++,libc6-dev,ca-certificates,git \
    --env PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --env GOPATH=/go --env GOTOOLCHAIN=local)
  "${buildah[@]}" copy --quiet "$c" "$(go env GOROOT)" /usr/local/go >&2
  commit "$c" "$name"
}

base_slim() {
  local name=docker.io/library/debian:bookworm-slim c
  have "$name" && return
  c=$(from_packages "$name" minbase ca-certificates)
  commit "$c" "$name"
}

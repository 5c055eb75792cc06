# The image of prescreen. Two targets:
#   prescreen (default)  the program alone: about 85 MB, no shell
#   helpers              with tesseract and Chromium as well: scans, pictures and
#                        pages that only scripts fill can be read
# Both run as user 65532 with a read-only root; what they write goes to /tmp,
# /var/cache/prescreen and /var/lib/prescreen, for which volumes are mounted.
ARG GO_VERSION=1.26
ARG DEBIAN_VERSION=12
ARG DEBIAN_NAME=bookworm

FROM golang:${GO_VERSION}-${DEBIAN_NAME} AS build
WORKDIR /src
ARG GOPROXY
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \
    go mod download
COPY . .
ARG VERSION=dev
# -buildid= and -buildvcs=false: equal sources give an equal program, byte for byte.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=1 go build -trimpath -buildvcs=false \
      -ldflags "-s -w -buildid= -X main.version=${VERSION}" -o /out/prescreen ./cmd/prescreen

FROM debian:${DEBIAN_NAME}-slim AS helpers
# The caches and logs of the package tools differ from build to build.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ca-certificates tzdata tesseract-ocr tesseract-ocr-chi-sim \
      chromium fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /etc/machine-id
COPY --from=build /out/prescreen /usr/local/bin/prescreen
ENV HOME=/tmp LANG=C.UTF-8
ARG VERSION=dev
LABEL org.opencontainers.image.title="prescreen" \
      org.opencontainers.image.description="Screens web portals before and after publication; with OCR and a browser" \
      org.opencontainers.image.version="${VERSION}"
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["/usr/local/bin/prescreen"]

FROM gcr.io/distroless/cc-debian${DEBIAN_VERSION}:nonroot AS prescreen
COPY --from=build /out/prescreen /usr/local/bin/prescreen
ENV HOME=/tmp
ARG VERSION=dev
LABEL org.opencontainers.image.title="prescreen" \
      org.opencontainers.image.description="Screens web portals before and after publication for what must not be public" \
      org.opencontainers.image.version="${VERSION}"
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["/usr/local/bin/prescreen"]

// Command dockerlint checks Dockerfiles by the rules of BuildKit's own linter
// (docker build --check), without a daemon and without asking a registry. It
// prints one line for each finding and exits 1 if there is any.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

func main() {
	code := 0
	for _, path := range os.Args[1:] {
		n, err := check(context.Background(), path)
		if err != nil {
			fmt.Fprintln(os.Stderr, "dockerlint:", err)
			os.Exit(2)
		}
		if n > 0 {
			code = 1
		}
	}
	os.Exit(code)
}

// check prints what the linter says of the file and returns how much that is.
func check(ctx context.Context, path string) (int, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	root := llb.Scratch()
	def, err := root.Marshal(ctx)
	if err != nil {
		return 0, fmt.Errorf("prepare %s: %w", path, err)
	}
	platform := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	results, err := dockerfile2llb.DockerfileLint(ctx, src, dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{BuildPlatforms: []ocispecs.Platform{platform}},
		TargetPlatform: &platform,
		MainContext:    &root,
		MetaResolver:   emptyImages{platform},
		SourceMap:      &llb.SourceMap{State: &root, Definition: def, Filename: path, Language: "Dockerfile", Data: src},
	})
	if err != nil {
		return 0, fmt.Errorf("check %s: %w", path, err)
	}
	n := len(results.Warnings)
	for _, w := range results.Warnings {
		line := int32(1)
		if w.Location != nil && len(w.Location.Ranges) > 0 {
			line = w.Location.Ranges[0].Start.Line
		}
		fmt.Printf("%s:%d: %s: %s\n", path, line, w.RuleName, w.Detail)
	}
	if results.Error != nil {
		fmt.Printf("%s: %s\n", path, results.Error.Message)
		n++
	}
	return n, nil
}

// emptyImages answers for every base image that it has no settings.
type emptyImages struct{ platform ocispecs.Platform }

func (e emptyImages) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	cfg, err := json.Marshal(ocispecs.Image{Platform: e.platform})
	return ref, digest.FromBytes(cfg), cfg, err
}

package redis

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"prescreen/crawler"
)

//go:embed lua/core.lua
var luaCore string

//go:embed lua/change.lua
var luaChange string

//go:embed lua/seen.lua
var luaSeen string

//go:embed lua/open.lua
var luaOpen string

//go:embed lua/add.lua
var luaAdd string

//go:embed lua/next.lua
var luaNext string

//go:embed lua/done.lua
var luaDone string

//go:embed lua/extend.lua
var luaExtend string

//go:embed lua/release.lua
var luaRelease string

//go:embed lua/reap.lua
var luaReap string

//go:embed lua/block.lua
var luaBlock string

//go:embed lua/note.lua
var luaNote string

//go:embed lua/counts.lua
var luaCounts string

//go:embed lua/hosts.lua
var luaHosts string

//go:embed lua/pause.lua
var luaPause string

//go:embed lua/paused.lua
var luaPaused string

//go:embed lua/ending.lua
var luaEnding string

//go:embed lua/beat.lua
var luaBeat string

// scripts are the steps of the frontier, each with what it needs of the shared
// parts; read-only once made.
var scripts = struct {
	open, add, next, done, extend, release, reap, block, note, counts, hosts, pause, paused, ending, beat *goredis.Script
}{
	open:    goredis.NewScript(luaOpen),
	beat:    goredis.NewScript(luaBeat),
	add:     enqueues(luaAdd),
	next:    changes(luaNext),
	done:    enqueues(luaDone),
	extend:  changes(luaExtend),
	release: changes(luaRelease),
	reap:    changes(luaReap),
	block:   changes(luaBlock),
	pause:   changes(luaPause),
	ending:  changes(luaEnding),
	note:    goredis.NewScript(luaCore + luaNote),
	counts:  goredis.NewScript(luaCore + luaCounts),
	hosts:   goredis.NewScript(luaCore + luaHosts),
	paused:  goredis.NewScript(luaCore + luaPaused),
}

func changes(body string) *goredis.Script  { return goredis.NewScript(luaCore + luaChange + body) }
func enqueues(body string) *goredis.Script { return changes(luaSeen + body) }

// exec runs a script on a run. go-redis sends it again when the server does
// not know it (NOSCRIPT), follows MOVED and ASK, and tries again for LOADING,
// READONLY, TRYAGAIN, CLUSTERDOWN, MASTERDOWN and broken connections. What is
// left after that is ErrUnavailable.
func (s *Server) exec(ctx context.Context, script *goredis.Script, run string, args ...any) (any, error) {
	reply, err := script.Run(ctx, s.client, []string{root(run)}, args...).Result()
	if err == nil || errors.Is(err, goredis.Nil) {
		return reply, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	err = unavailable("redis", err)
	if c, ok := s.client.(*goredis.ClusterClient); ok && errors.Is(err, crawler.ErrUnavailable) {
		// go-redis asks who holds the slot when a node says that it does not. A
		// node that died says nothing.
		c.ReloadState(ctx)
	}
	return nil, err
}

// unavailable tells what may pass from what does not.
func unavailable(what string, err error) error {
	var answer goredis.Error
	if errors.As(err, &answer) {
		code, _, _ := strings.Cut(answer.Error(), " ")
		switch code {
		case "GONE":
			return ErrGone
		case "ERR", "WRONGTYPE", "NOPERM", "NOAUTH", "WRONGPASS":
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return fmt.Errorf("%w: %s: %w", crawler.ErrUnavailable, what, err)
}

package redis

import (
	_ "embed"

	goredis "github.com/redis/go-redis/v9"
)

//go:embed lua/common.lua
var luaCommon string

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

// scripts are the steps of the frontier; read-only once made.
var scripts = struct {
	open, add, next, done, extend, release, reap, block, note, counts, hosts *goredis.Script
}{
	open: goredis.NewScript(luaOpen),
	add:  script(luaAdd), next: script(luaNext), done: script(luaDone), extend: script(luaExtend), release: script(luaRelease),
	reap: script(luaReap), block: script(luaBlock), note: script(luaNote), counts: script(luaCounts), hosts: script(luaHosts),
}

func script(body string) *goredis.Script { return goredis.NewScript(luaCommon + body) }

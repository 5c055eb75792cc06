// Command prescreen checks what an organisation publishes, or is about to
// publish, for what must not be public.
//
// This package reads flags, files and the environment and wires the other
// packages together; it holds no logic of its own about pages or rules.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"prescreen/internal/redis"
)

func main() {
	redis.SilenceLibrary()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

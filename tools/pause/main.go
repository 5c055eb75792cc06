// Command pause waits to be stopped: it holds the namespaces of a pod in the
// one-node cluster of the end-to-end test.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
}

// Command coredns is CoreDNS with the three plugins that the one-node cluster
// of the end-to-end test needs: errors, log and kubernetes.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/log"
)

func main() {
	dnsserver.Directives = []string{"errors", "log", "kubernetes"}
	coremain.Run()
}

package crawler

import (
	"context"
	"net/netip"
	"slices"
	"strings"
)

// hostInfo is what this process knows of a host in scope.
type hostInfo struct {
	address string
	queued  bool // its robots.txt was enqueued
}

// hostInfo returns what is known of a host, resolved when it is new.
func (c *Crawler) hostInfo(ctx context.Context, host string) hostInfo {
	c.hostsMu.Lock()
	info, ok := c.hosts[host]
	c.hostsMu.Unlock()
	if ok {
		return info
	}
	fresh := hostInfo{address: c.resolve(ctx, host)}
	c.hostsMu.Lock()
	defer c.hostsMu.Unlock()
	if info, ok = c.hosts[host]; !ok {
		info = fresh
		c.hosts[host] = info
	}
	return info
}

// resolve returns the address that stands for the host's politeness group:
// the smallest, so that hosts with the same set share a group.
func (c *Crawler) resolve(ctx context.Context, host string) string {
	if c.Resolve == nil {
		return ""
	}
	name := host
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.HasSuffix(name, "]") {
		name = name[:i]
	}
	addrs, err := c.Resolve(ctx, strings.Trim(name, "[]"))
	if err != nil || len(addrs) == 0 {
		return "" // the fetch will say why
	}
	return slices.MinFunc(addrs, netip.Addr.Compare).Unmap().String()
}

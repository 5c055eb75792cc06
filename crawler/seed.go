package crawler

import (
	"context"
	"errors"
	"sync"
)

// seed enqueues where the sites begin and what is known of them. On a resumed
// run the frontier has seen all of it.
func (c *Crawler) seed(ctx context.Context) error {
	c.resolveSeeds(ctx)
	for _, site := range c.scope.sites {
		l := &linker{c: c, ctx: ctx, page: site}
		for _, u := range site.Seeds {
			l.add(u, "seed", 0, 0, "")
		}
		if !site.NoSitemaps {
			for _, u := range site.Sitemaps {
				l.add(u, "config", 0, 0, ClassSitemap)
			}
		}
		if _, err := c.addAll(ctx, l); err != nil {
			return err
		}
		if _, err := c.seedKnown(ctx, site, ClassPage); err != nil {
			return err
		}
	}
	return nil
}

// resolveSeeds looks up the hosts of all seeds side by side: one after the
// other, thousands of them would take minutes.
func (c *Crawler) resolveSeeds(ctx context.Context) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, 32)
	for host := range c.scope.exact {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer wg.Done()
			c.hostInfo(ctx, host)
			<-slots
		}()
	}
	wg.Wait()
}

// seedKnown enqueues what earlier runs found of a class: a page that did not
// change is not read again for its links, and what nobody links to any more
// may still be reachable.
func (c *Crawler) seedKnown(ctx context.Context, site *siteScope, class Class) (added int, err error) {
	if c.History == nil {
		return 0, nil
	}
	const batch = 1000
	l := &linker{c: c, ctx: ctx, page: site}
	var failed error
	err = c.History.Known(ctx, site.Name, class, func(url string, depth int) bool {
		l.add(url, ViaHistory, depth, 0, class)
		if len(l.tasks) >= batch {
			var n int
			n, failed = c.addAll(ctx, l)
			added += n
			l.tasks, l.hashes, l.out = l.tasks[:0], l.hashes[:0], nil
		}
		return failed == nil
	})
	if err := errors.Join(err, failed); err != nil {
		return added, err
	}
	n, err := c.addAll(ctx, l)
	return added + n, err
}

// orphans enqueues, once everything that is linked has been read, the
// attachments that no page links to any more.
func (c *Crawler) orphans(ctx context.Context) (added int, err error) {
	for _, site := range c.scope.sites {
		n, err := c.seedKnown(ctx, site, ClassAttachment)
		if added += n; err != nil {
			return added, err
		}
	}
	return added, nil
}

func (c *Crawler) addAll(ctx context.Context, l *linker) (added int, err error) {
	var away backoff
	epoch := c.epoch.Load()
	for len(l.tasks) > 0 {
		added, err = c.Frontier.Add(ctx, l.tasks)
		if errors.Is(err, ErrUnavailable) && ctx.Err() == nil {
			c.log.Warn("frontier is unavailable, trying again", "error", err)
			sleep(ctx, away.next())
			continue
		}
		if err != nil {
			return 0, err
		}
		break
	}
	c.enqueued(l, epoch)
	return added, nil
}

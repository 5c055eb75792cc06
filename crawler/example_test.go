package crawler_test

import (
	"context"
	"fmt"
	"net/http"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
	"prescreen/crawler/disk"
)

// A crawl of one small portal, its frontier in memory.
func Example() {
	portal := crawlertest.NewPortal(crawlertest.PortalConfig{Hosts: 2, Pages: 5})
	network := crawlertest.NewListener()
	server := &http.Server{Handler: portal}
	go server.Serve(network)
	defer server.Close()

	site := portal.Site()
	site.Budget.Pages = 8
	site.Politeness.Min = -1 // it is our own
	cfg := crawler.Config{Sites: []crawler.Site{site}, Address: crawler.Politeness{Min: -1}}
	frontier, err := disk.Open("", disk.Options{Policies: cfg.Policies()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer frontier.Close()
	c, err := crawler.New(crawler.Deps{
		Frontier: frontier, Fetcher: crawlertest.NewFetcher(network.Dial, nil), Visitor: newRecorder(),
	}, cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	sum, err := c.Run(context.Background())
	fmt.Println(sum.Visited, "visited,", sum.Skipped[crawler.ReasonPages], "beyond the budget, unread:", sum.Unread(), err)
	// Output: 8 visited, 2 beyond the budget, unread: 2 <nil>
}

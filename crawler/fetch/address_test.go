package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"prescreen/crawler"
)

func TestCheckAddress(t *testing.T) {
	for addr, refused := range map[string]bool{
		"1.1.1.1": false, "8.8.8.8": false, "172.32.0.1": false, "192.167.255.255": false, "2400:3200::1": false, "2606:4700::1": false,
		"127.0.0.1": true, "127.255.0.1": true, "::1": true, "0.0.0.0": true, "::": true, "10.1.2.3": true, "172.16.0.1": true,
		"172.31.255.255": true, "192.168.1.1": true, "169.254.169.254": true, "100.64.0.1": true, "100.100.100.200": true,
		"224.0.0.1": true, "239.1.1.1": true, "255.255.255.255": true, "240.0.0.1": true, "192.0.2.1": true, "198.18.0.1": true,
		"::ffff:127.0.0.1": true, "::ffff:10.0.0.1": true, "::ffff:8.8.8.8": false, "::127.0.0.1": true, "64:ff9b::7f00:1": true,
		"2002:7f00:1::": true, "fe80::1": true, "fe80::1%eth0": true, "fc00::1": true, "fd00:ec2::254": true, "ff02::1": true, "2001:db8::1": true,
		"168.63.129.16": true,
	} {
		err := checkAddress("h", netip.MustParseAddr(addr))
		var ae *AddressError
		if errors.As(err, &ae) != refused {
			t.Errorf("%s: %v", addr, err)
		}
	}
	allow := []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("169.254.169.254/32")}
	for addr, refused := range map[string]bool{
		"10.20.3.4": false, "::ffff:10.20.3.4": false, "10.21.0.1": true,
		"100.64.0.1": false, "100.100.100.200": true, "169.254.169.254": false,
	} {
		if err := checkAddress("h", netip.MustParseAddr(addr), nil, allow); (err != nil) != refused {
			t.Errorf("%s with %v allowed: %v", addr, allow, err)
		}
	}
}

// TestRefused tries the spellings a link may have for an address beside the
// crawler, and a name that resolves there.
func TestRefused(t *testing.T) {
	var hits atomic.Int32
	server := web(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	f := newFetcher(t, Config{
		AllowAddresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			if host == "missing.example" {
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			if host == "empty.example" {
				return nil, nil
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::ffff:127.0.0.1"), netip.MustParseAddr("::1")}, nil
		},
	})
	for _, host := range []string{"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "internal.example", "169.254.169.254"} {
		_, _, err := get(t, f, "http://"+host+":"+u.Port()+"/")
		wantClass(t, host, err, crawler.ErrorRefused)
	}
	for _, host := range []string{"missing.example", "empty.example"} {
		_, _, err := get(t, f, "http://"+host+"/")
		wantClass(t, host, err, crawler.ErrorDNS)
	}
	if err := f.CheckHost(t.Context(), "", "internal.example:80"); err == nil {
		t.Error("CheckHost lets a private name pass")
	}
	if hits.Load() != 0 {
		t.Errorf("%d requests arrived", hits.Load())
	}
}

// TestRebinding: the name is public when it is looked up first and private
// ever after.
func TestRebinding(t *testing.T) {
	server := web(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	lookups := 0
	now := newClock()
	f := newFetcher(t, Config{
		Now:            now.get,
		AllowAddresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, // stands for the public Internet
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			if lookups++; lookups == 1 {
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.2")}, nil
		},
	})
	target := "http://rebind.example:" + u.Port() + "/"
	for range 3 {
		if _, _, err := get(t, f, target); err != nil {
			t.Fatal(err)
		}
	}
	if lookups != 1 {
		t.Errorf("%d look-ups while the first was fresh", lookups)
	}
	now.add(dnsTTL)
	_, _, err = get(t, f, target)
	wantClass(t, "second look-up", err, crawler.ErrorRefused)
	if err := f.CheckHost(t.Context(), "", "rebind.example"); err == nil {
		t.Error("CheckHost lets it pass")
	}
}

func TestSecondAddress(t *testing.T) {
	server := web(t, func(http.ResponseWriter, *http.Request) {})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	f := newFetcher(t, Config{
		AllowAddresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			// The first refuses connections, the second may not be asked.
			return []netip.Addr{netip.MustParseAddr("127.0.0.9"), netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("127.0.0.1")}, nil
		},
	})
	p, _, err := get(t, f, "http://two.example:"+u.Port()+"/")
	if err != nil || !strings.HasPrefix(p.RemoteAddr, "127.0.0.1:") {
		t.Errorf("%+v, %v", p, err)
	}
	_, _, err = get(t, f, "http://two.example:1/")
	wantClass(t, "nobody listens", err, crawler.ErrorConnect)
}

func TestDNSCache(t *testing.T) {
	now := newClock()
	asked := map[string]int{}
	d := newDNSCache(func(_ context.Context, host string) ([]netip.Addr, error) {
		asked[host]++
		if host == "bad" {
			return nil, errors.New("no")
		}
		return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
	}, now.get)
	look := func(host string) {
		_, _ = d.lookup(t.Context(), host)
	}
	look("a")
	look("a")
	look("bad")
	look("bad")
	now.add(dnsNegativeTTL)
	look("a")
	look("bad")
	now.add(dnsTTL)
	look("a")
	d.forget("a")
	look("a")
	if asked["a"] != 3 || asked["bad"] != 2 {
		t.Errorf("asked %v", asked)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.lookup(canceled, "new"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled look-up: %v", err)
	}
	if addrs, err := d.lookup(t.Context(), "new"); err != nil || len(addrs) != 1 {
		t.Errorf("after it: %v, %v", addrs, err)
	}
}

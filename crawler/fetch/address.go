package fetch

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// AddressError is a host whose addresses may not be fetched from: loopback,
// private and other ranges that are not the public Internet. A crawler that
// follows links must not be led to the services beside it.
type AddressError struct {
	Host string
	Addr netip.Addr
	Why  string
}

func (e *AddressError) Error() string {
	return fmt.Sprintf("host %q has the address %s (%s), which may not be fetched from; allow it in the site's addresses if it is meant", e.Host, e.Addr, e.Why)
}

// special are the ranges of the IANA special-purpose registries that are not
// globally reachable, and before them the metadata services of clouds, one of
// which has a public address.
var special = func() []specialRange {
	list := []struct{ why, prefixes string }{
		{metadata, "169.254.169.254/32 100.100.100.200/32 fd00:ec2::254/128"},
		{"this network", "0.0.0.0/8 ::/128"},
		{"loopback", "127.0.0.0/8 ::1/128"},
		{"private", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10"},
		{"carrier-grade NAT", "100.64.0.0/10"},
		{"link-local", "169.254.0.0/16 fe80::/10"},
		{"protocol assignments", "192.0.0.0/24 192.88.99.0/24 2001::/23 100::/64 5f00::/16"},
		{"documentation", "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20"},
		{"benchmarking", "198.18.0.0/15"},
		{"multicast", "224.0.0.0/4 ff00::/8"},
		{"reserved", "240.0.0.0/4 ::/96"},
		{"translation to IPv4", "64:ff9b::/96 64:ff9b:1::/48 2002::/16"},
		{metadata, "168.63.129.16/32"},
	}
	var out []specialRange
	for _, l := range list {
		for _, p := range strings.Fields(l.prefixes) {
			out = append(out, specialRange{netip.MustParsePrefix(p), l.why})
		}
	}
	return out
}()

type specialRange struct {
	prefix netip.Prefix
	why    string
}

// metadata services hand credentials to whoever asks from the machine.
const metadata = "cloud metadata"

// checkAddress returns an AddressError for an address outside the public
// Internet that is not allowed explicitly. A range that is allowed does not
// cover a metadata service in it: that takes the address itself.
func checkAddress(host string, addr netip.Addr, allowed ...[]netip.Prefix) error {
	// ::ffff:127.0.0.1 is 127.0.0.1 with a hat on.
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() {
		return &AddressError{Host: host, Addr: addr, Why: "not an address"}
	}
	i := slices.IndexFunc(special, func(r specialRange) bool { return r.prefix.Contains(addr) })
	if i < 0 {
		return nil
	}
	for _, list := range allowed {
		for _, p := range list {
			if p.Contains(addr) && (special[i].why != metadata || p.IsSingleIP()) {
				return nil
			}
		}
	}
	return &AddressError{Host: host, Addr: addr, Why: special[i].why}
}

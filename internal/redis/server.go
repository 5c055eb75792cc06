package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// ServerOptions say where Redis is.
type ServerOptions struct {
	// URL is one of
	//
	//	redis://user:password@host:6379/0               one server
	//	redis+sentinel://user:password@s1:26379,s2:26379/master?db=0
	//	redis+cluster://user:password@n1:6379,n2:6379   a Redis Cluster
	//	unix:///run/redis.sock?db=0                     on this machine
	//
	// rediss, rediss+sentinel and rediss+cluster speak TLS. The user is one of
	// ACL SETUSER and may be left out. Behind "?" may stand max_retries,
	// dial_timeout, read_timeout, write_timeout, pool_size and the other
	// options of go-redis; with Sentinel also sentinel_username and
	// sentinel_password.
	URL string
	// Password replaces that of the URL, so that it may lie in a file.
	Password string
	// TLS has the certificates for a URL that speaks TLS; nil: those of the system.
	TLS    *tls.Config
	Logger *slog.Logger // nil: silent
}

// Server is a Redis on which runs lie. It is safe for concurrent use.
type Server struct {
	client goredis.UniversalClient
	log    *slog.Logger
	// epoch counts connections: a new one may be to a server that was
	// restarted, or that took the place of another, and lost the last second.
	epoch atomic.Uint64
}

// Connect returns a Server; connections are made when they are needed.
func Connect(opt ServerOptions) (*Server, error) {
	s := &Server{log: opt.Logger}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	s.client, err = newClient(opt, func(context.Context, *goredis.Conn) error {
		s.epoch.Add(1)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// SilenceLibrary keeps go-redis from writing lines of its own to standard
// error: what it says is said by us, as errors and warnings. It changes the
// whole process, so it is for main to call, before anything connects.
func SilenceLibrary() { goredis.SetLogger(silent{}) }

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// Close closes the connections. Frontiers must be closed before.
func (s *Server) Close() error { return s.client.Close() }

// newClient reads the URL. No error repeats it, because it has a password.
func newClient(opt ServerOptions, connected func(context.Context, *goredis.Conn) error) (goredis.UniversalClient, error) {
	u, err := url.Parse(opt.URL)
	if err != nil {
		return nil, errors.New("redis URL cannot be read: use redis://user:password@host:6379/0 (a password with special characters must be percent-encoded)")
	}
	scheme, kind, _ := strings.Cut(u.Scheme, "+")
	switch {
	case scheme == "unix" && kind == "", (scheme == "redis" || scheme == "rediss") && (kind == "" || kind == "sentinel" || kind == "cluster"):
	default:
		return nil, fmt.Errorf("redis URL: scheme %q is not known; use redis, redis+sentinel, redis+cluster (with TLS: rediss, rediss+sentinel, rediss+cluster) or unix", u.Scheme)
	}
	if opt.TLS != nil && scheme != "rediss" {
		return nil, fmt.Errorf("redis URL: TLS certificates are given, but %s:// does not speak TLS; use rediss", u.Scheme)
	}
	u.Scheme = scheme
	hosts := strings.Split(u.Host, ",")
	q := u.Query()
	if kind != "" {
		u.Host = hosts[0]
		for _, h := range hosts[1:] {
			q.Add("addr", h)
		}
	}
	if opt.Password != "" {
		u.User = url.UserPassword(u.User.Username(), opt.Password)
	}
	var client goredis.UniversalClient
	switch kind {
	case "cluster":
		u.RawQuery = q.Encode()
		var o *goredis.ClusterOptions
		if o, err = goredis.ParseClusterURL(u.String()); err == nil {
			o.TLSConfig, o.OnConnect = certificates(o.TLSConfig, opt.TLS), connected
			// A fail-over takes some seconds; until then nodes answer CLUSTERDOWN.
			if o.MaxRedirects == 0 {
				o.MaxRedirects = 5
			}
			o.ClusterStateReloadInterval = 5 * time.Second
			client = goredis.NewClusterClient(o)
		}
	case "sentinel":
		var o *goredis.FailoverOptions
		if o, err = sentinelOptions(u, q); err == nil {
			o.TLSConfig, o.OnConnect = certificates(o.TLSConfig, opt.TLS), connected
			client = goredis.NewFailoverClient(o)
		}
	default:
		var o *goredis.Options
		if o, err = goredis.ParseURL(u.String()); err == nil {
			o.TLSConfig, o.OnConnect = certificates(o.TLSConfig, opt.TLS), connected
			client = goredis.NewClient(o)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("redis URL: %s", strings.ReplaceAll(err.Error(), u.String(), "(URL)"))
	}
	return client, nil
}

// sentinelOptions reads a URL whose user is that of Redis, whose hosts are the
// Sentinels, and whose path names the master. go-redis wants them elsewhere.
func sentinelOptions(u *url.URL, q url.Values) (*goredis.FailoverOptions, error) {
	master := strings.Trim(u.Path, "/")
	if master == "" || strings.Contains(master, "/") {
		return nil, errors.New("the path names the master that the Sentinels watch, as in redis+sentinel://s1:26379,s2:26379/mymaster?db=0")
	}
	q.Set("master_name", master)
	u.Path = ""
	sentinel := url.UserPassword(q.Get("sentinel_username"), q.Get("sentinel_password"))
	q.Del("sentinel_username")
	q.Del("sentinel_password")
	if u.User != nil {
		q.Set("username", u.User.Username())
		password, _ := u.User.Password()
		q.Set("password", password)
	}
	u.User = nil
	if sentinel.String() != ":" {
		u.User = sentinel
	}
	u.RawQuery = q.Encode()
	return goredis.ParseFailoverURL(u.String())
}

// certificates adds what own has to what the URL asks for.
func certificates(url, own *tls.Config) *tls.Config {
	if url == nil || own == nil {
		return url
	}
	merged := own.Clone()
	if merged.ServerName == "" {
		merged.ServerName = url.ServerName
	}
	merged.InsecureSkipVerify = url.InsecureSkipVerify
	merged.MinVersion = max(own.MinVersion, url.MinVersion)
	return merged
}

// node runs do for the server that holds a key: all keys of a run lie there.
func (s *Server) node(ctx context.Context, key string, do func(*goredis.Client) error) error {
	switch c := s.client.(type) {
	case *goredis.Client:
		return do(c)
	case *goredis.ClusterClient:
		n, err := c.MasterForKey(ctx, key)
		if err != nil {
			return err
		}
		return do(n)
	}
	return fmt.Errorf("client %T is not known", s.client)
}

package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"prescreen/internal/redis"
)

// RedisConfig says how the Redis of crawl.redis is reached, and how workers
// hold what they take from it.
type RedisConfig struct {
	PasswordFile string        `yaml:"password_file"`
	CAFile       string        `yaml:"ca_file"`
	CertFile     string        `yaml:"cert_file"`
	KeyFile      string        `yaml:"key_file"`
	ServerName   string        `yaml:"server_name"`
	Lease        time.Duration `yaml:"lease"`
	Runs         int           `yaml:"runs"`
}

func defaultRedis() RedisConfig { return RedisConfig{Lease: 2 * time.Minute, Runs: 4} }

func (c *RedisConfig) validate() (field string, err error) {
	switch {
	case c.Lease < time.Second:
		return "redis.lease", fmt.Errorf("%v is less than 1s", c.Lease)
	case c.Runs < 1:
		return "redis.runs", fmt.Errorf("%d is less than 1", c.Runs)
	case (c.CertFile == "") != (c.KeyFile == ""):
		return "redis.cert_file", errors.New("cert_file and key_file belong together")
	}
	return "", nil
}

func (c *RedisConfig) resolvePaths(dir string) {
	for _, p := range []*string{&c.PasswordFile, &c.CAFile, &c.CertFile, &c.KeyFile} {
		*p = under(dir, *p)
	}
}

// connectRedis connects to the Redis of the configuration.
func connectRedis(cfg Config, log *slog.Logger) (*redis.Server, error) {
	c := cfg.Redis
	opt := redis.ServerOptions{URL: cfg.Crawl.Redis, Logger: log}
	if c.PasswordFile != "" {
		b, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("redis.password_file: %w", err)
		}
		opt.Password = string(bytes.TrimSpace(b))
	}
	if c.CAFile != "" || c.CertFile != "" || c.ServerName != "" {
		opt.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("redis.ca_file: %w", err)
		}
		opt.TLS.RootCAs = x509.NewCertPool()
		if !opt.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("redis.ca_file: %s holds no certificate in PEM form", c.CAFile)
		}
	}
	if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("redis.cert_file, redis.key_file: %w", err)
		}
		opt.TLS.Certificates = []tls.Certificate{pair}
	}
	return redis.Connect(opt)
}

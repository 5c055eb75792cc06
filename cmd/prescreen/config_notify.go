package main

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"prescreen/internal/notify"
)

// NotifyConfig says who is told what.
type NotifyConfig struct {
	// Link is put into messages, {run} in it replaced.
	Link     string          `yaml:"link"`
	Flush    time.Duration   `yaml:"flush"` // how long the end of the program waits for messages
	Channels []ChannelConfig `yaml:"channels"`
}

// ChannelConfig is one place to send messages to. URL, Secret and the password
// of a mail server are references: env:NAME or file:PATH.
type ChannelConfig struct {
	Name   string     `yaml:"name"`
	Type   string     `yaml:"type"`
	On     []string   `yaml:"on"`
	URL    string     `yaml:"url"`
	Secret string     `yaml:"secret"`
	Mail   MailConfig `yaml:"mail"`
}

// MailConfig is a mail server.
type MailConfig struct {
	Host     string   `yaml:"host"`
	Port     int      `yaml:"port"`
	TLS      string   `yaml:"tls"`
	Username string   `yaml:"username"`
	Password string   `yaml:"password"`
	From     string   `yaml:"from"`
	To       []string `yaml:"to"`
	CAFile   string   `yaml:"ca_file"`
}

func defaultNotify() NotifyConfig {
	return NotifyConfig{Flush: 30 * time.Second, Channels: []ChannelConfig{}}
}

func (c *NotifyConfig) validate() (field string, err error) {
	if c.Flush < 0 {
		return "notify.flush", fmt.Errorf("%v is less than nothing", c.Flush)
	}
	if c.Link != "" {
		if u, err := url.Parse(c.Link); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.ContainsAny(c.Link, " ()<>") {
			return "notify.link", fmt.Errorf("%q is not an http or https address", c.Link)
		}
	}
	names := map[string]bool{}
	for i := range c.Channels {
		field, err := c.Channels[i].validate()
		if err == nil && names[c.Channels[i].Name] {
			field, err = "name", fmt.Errorf("%q is the name of two channels", c.Channels[i].Name)
		}
		if err != nil {
			return fmt.Sprintf("notify.channels[%d].%s", i, field), err
		}
		names[c.Channels[i].Name] = true
	}
	return "", nil
}

func (c *ChannelConfig) validate() (field string, err error) {
	for i, k := range c.On {
		if !slices.Contains(notify.Kinds(), notify.Kind(k)) {
			return fmt.Sprintf("on[%d]", i), fmt.Errorf("%q is no occasion: use run, critical or overdue", k)
		}
	}
	switch {
	case c.Name == "":
		return "name", errors.New("a channel needs a name")
	case !oneOf(c.Type, "mail", "wecom", "dingtalk", "feishu", "webhook"):
		return "type", fmt.Errorf("%q is no type of channel: use mail, wecom, dingtalk, feishu or webhook", c.Type)
	case c.Type == "mail":
		if c.URL != "" || c.Secret != "" {
			return "url", errors.New("a mail channel has neither url nor secret: its server is under mail")
		}
		if err := checkReference(c.Mail.Password); c.Mail.Password != "" && err != nil {
			return "mail.password", err
		}
		m := c.mail()
		if err := m.Validate(); err != nil {
			return "mail", err
		}
		return "", nil
	}
	if err := checkReference(c.URL); err != nil {
		return "url", err
	}
	if err := checkReference(c.Secret); c.Secret != "" && err != nil {
		return "secret", err
	}
	if c.Type == "wecom" && c.Secret != "" {
		return "secret", errors.New("a WeCom robot has no secret: its key is part of url")
	}
	return "", nil
}

func (c *ChannelConfig) mail() notify.MailConfig {
	m := c.Mail
	mode := m.TLS
	setDefault(&mode, string(notify.StartTLS))
	return notify.MailConfig{
		Host: m.Host, Port: m.Port, TLS: notify.TLSMode(mode), Username: m.Username, Password: m.Password, From: m.From, To: m.To,
	}
}

// checkReference refuses a secret that stands in the file itself. Its error
// does not repeat what was written.
func checkReference(ref string) error {
	if name, ok := strings.CutPrefix(ref, "env:"); ok && name != "" {
		return nil
	}
	if path, ok := strings.CutPrefix(ref, "file:"); ok && path != "" {
		return nil
	}
	if ref == "" {
		return errors.New("is missing: write env:NAME or file:PATH")
	}
	return errors.New("is a secret and does not belong in this file: write env:NAME or file:PATH, and put it there")
}

func (c *NotifyConfig) resolvePaths(dir string) {
	for i := range c.Channels {
		ch := &c.Channels[i]
		ch.Mail.CAFile = under(dir, ch.Mail.CAFile)
		for _, ref := range []*string{&ch.URL, &ch.Secret, &ch.Mail.Password} {
			if path, ok := strings.CutPrefix(*ref, "file:"); ok {
				*ref = "file:" + under(dir, path)
			}
		}
	}
}

// resolveSecret reads what a reference names.
func resolveSecret(ref string, getenv func(string) string) (string, error) {
	if ref == "" {
		return "", nil
	}
	if name, ok := strings.CutPrefix(ref, "env:"); ok {
		v := getenv(name)
		if v == "" {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		return v, nil
	}
	data, err := os.ReadFile(strings.TrimPrefix(ref, "file:"))
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return "", fmt.Errorf("%s is empty", ref)
	}
	return string(bytes.TrimSpace(data)), nil
}

// notifyConfig sets up the channels.
func (a *app) notifyConfig(cfg Config, log *slog.Logger) (notify.Config, error) {
	out := notify.Config{Logger: log}
	for i := range cfg.Notify.Channels {
		c := &cfg.Notify.Channels[i]
		channel, err := c.open(a.getenv)
		if err != nil {
			return out, fmt.Errorf("notify.channels[%d] (%s): %w", i, c.Name, err)
		}
		s := notify.Subscription{Name: c.Name, Channel: channel}
		for _, k := range c.On {
			s.Kinds = append(s.Kinds, notify.Kind(k))
		}
		out.Subscriptions = append(out.Subscriptions, s)
	}
	return out, nil
}

func (c *ChannelConfig) open(getenv func(string) string) (notify.Channel, error) {
	if c.Type == "mail" {
		m := c.mail()
		var err error
		if m.Password, err = resolveSecret(m.Password, getenv); err != nil {
			return nil, err
		}
		if c.Mail.CAFile != "" {
			data, err := os.ReadFile(c.Mail.CAFile)
			if err != nil {
				return nil, fmt.Errorf("read ca_file: %w", err)
			}
			m.RootCAs = x509.NewCertPool()
			if !m.RootCAs.AppendCertsFromPEM(data) {
				return nil, fmt.Errorf("ca_file %s holds no certificate in PEM", c.Mail.CAFile)
			}
		}
		return notify.NewMail(m)
	}
	address, err := resolveSecret(c.URL, getenv)
	if err != nil {
		return nil, err
	}
	if u, err := url.Parse(address); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("what %s names is not an http or https address", c.URL)
	}
	secret, err := resolveSecret(c.Secret, getenv)
	if err != nil {
		return nil, err
	}
	robot := notify.RobotConfig{URL: address, Secret: secret}
	switch c.Type {
	case "wecom":
		return notify.NewWeCom(robot), nil
	case "dingtalk":
		return notify.NewDingTalk(robot), nil
	case "feishu":
		return notify.NewFeishu(robot), nil
	}
	return notify.NewWebhook(notify.WebhookConfig{URL: address, Secret: secret}), nil
}

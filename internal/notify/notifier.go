package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// Channel sends messages to one place.
type Channel interface {
	// Send sends one message once. An error that is a *Temporary may go away.
	Send(ctx context.Context, m Message) error
}

// Temporary wraps an error that may go away.
type Temporary struct {
	Err error
	// After is how long the other side asks to wait, 0 where it does not.
	After time.Duration
}

func (t *Temporary) Error() string { return t.Err.Error() }
func (t *Temporary) Unwrap() error { return t.Err }

// Subscription is a channel with a name and the kinds of message it wants.
type Subscription struct {
	Name    string
	Channel Channel
	Kinds   []Kind // none: all
}

// Config of a Notifier.
type Config struct {
	Subscriptions []Subscription
	Logger        *slog.Logger  // nil is silent
	Queue         int           // messages waiting per channel; 0: 64
	Attempts      int           // per message; 0: 6
	Backoff       time.Duration // before the second attempt, doubled after each; 0: 2s
	MaxWait       time.Duration // longest pause, whatever the other side asks; 0: 5m
	Timeout       time.Duration // of one attempt; 0: 30s
}

// Notifier hands messages to its channels. A slow or broken channel delays
// neither the caller nor the other channels.
type Notifier struct {
	cfg    Config
	queues []chan Message
	stop   context.CancelFunc
	wait   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	lost   []error
}

// New returns a Notifier that works until Close.
func New(cfg Config) *Notifier {
	setDefault(&cfg.Queue, 64)
	setDefault(&cfg.Attempts, 6)
	setDefault(&cfg.Backoff, 2*time.Second)
	setDefault(&cfg.MaxWait, 5*time.Minute)
	setDefault(&cfg.Timeout, 30*time.Second)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, stop := context.WithCancel(context.Background())
	n := &Notifier{cfg: cfg, stop: stop}
	for _, s := range cfg.Subscriptions {
		queue := make(chan Message, cfg.Queue)
		n.queues = append(n.queues, queue)
		n.wait.Go(func() { n.work(ctx, s, queue) })
	}
	return n
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// Notify queues a message for every channel that wants its kind. It never
// waits: where a queue is full the message is lost for that channel, which is
// logged and reported by Close.
func (n *Notifier) Notify(m Message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	for i, s := range n.cfg.Subscriptions {
		if len(s.Kinds) > 0 && !slices.Contains(s.Kinds, m.Kind) {
			continue
		}
		select {
		case n.queues[i] <- m:
		default:
			n.lose(s.Name, m.Kind, errors.New("too many messages are waiting"))
		}
	}
}

// lose records a message that was not delivered; n.mu is held.
func (n *Notifier) lose(channel string, kind Kind, err error) {
	n.cfg.Logger.Error("notification not delivered", "channel", channel, "kind", kind, "err", err)
	n.lost = append(n.lost, fmt.Errorf("notification %q to %q: %w", kind, channel, err))
}

// Close waits until the queues are empty, or until ctx ends, and returns what
// could not be delivered.
func (n *Notifier) Close(ctx context.Context) error {
	n.mu.Lock()
	if !n.closed {
		n.closed = true
		for _, q := range n.queues {
			close(q)
		}
	}
	n.mu.Unlock()
	done := make(chan struct{})
	go func() {
		n.wait.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		n.stop() // the attempts under way end soon
		<-done
	}
	n.stop()
	n.mu.Lock()
	defer n.mu.Unlock()
	return errors.Join(n.lost...)
}

func (n *Notifier) work(ctx context.Context, s Subscription, queue <-chan Message) {
	for m := range queue {
		if err := n.deliver(ctx, s, m); err != nil {
			n.mu.Lock()
			n.lose(s.Name, m.Kind, err)
			n.mu.Unlock()
		}
	}
}

// deliver tries a message until it is sent, refused for good, or tried often
// enough.
func (n *Notifier) deliver(ctx context.Context, s Subscription, m Message) error {
	pause := n.cfg.Backoff
	for attempt := 1; ; attempt++ {
		if ctx.Err() != nil {
			return errors.New("not sent before the end of the program")
		}
		err := n.try(ctx, s.Channel, m)
		if err == nil {
			return nil
		}
		var temporary *Temporary
		if !errors.As(err, &temporary) || attempt >= n.cfg.Attempts {
			return fmt.Errorf("attempt %d: %w", attempt, err)
		}
		wait := min(max(pause, temporary.After), n.cfg.MaxWait)
		pause *= 2
		n.cfg.Logger.Warn("notification will be tried again", "channel", s.Name, "attempt", attempt, "in", wait, "err", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("given up at the end of the program: %w", err)
		}
	}
}

func (n *Notifier) try(ctx context.Context, c Channel, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timeout)
	defer cancel()
	return c.Send(ctx, m)
}

// Send sends one message to the named channel, or to all for "", with the same
// retries, and waits for it. It is what prescreen notify test does.
func Send(ctx context.Context, cfg Config, name string, m Message) error {
	var names []string
	var chosen []Subscription
	for _, s := range cfg.Subscriptions {
		names = append(names, s.Name)
		if name == "" || s.Name == name {
			s.Kinds = nil
			chosen = append(chosen, s)
		}
	}
	if len(chosen) == 0 {
		return fmt.Errorf("no channel is named %q; configured are: %s", name, strings.Join(names, ", "))
	}
	cfg.Subscriptions = chosen
	n := New(cfg)
	n.Notify(m)
	return n.Close(ctx)
}

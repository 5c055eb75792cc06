package crawler

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

var errEOF = io.EOF

func status(code int) string { return strconv.Itoa(code) + " " + http.StatusText(code) }

// fetchFailed decides what an error of the fetcher means for the task and for
// its host.
func (j *job) fetchFailed(ctx context.Context, err error, took time.Duration) Outcome {
	class := ClassOf(err)
	out := Outcome{Duration: took}
	switch {
	case j.run.Err() != nil:
		out.Result = ResultDefer // the crawl is stopping
		return out
	case class == ErrorRefused:
		out.Duration = 0 // nothing was sent
		return j.merge(out, j.fail(ctx, ReasonRefused, err.Error()))
	case class == ErrorTooLarge:
		return j.merge(out, j.fail(ctx, ReasonTooLarge, err.Error()))
	case class == ErrorLocal:
		j.c.log.Warn("page not fetched for a fault on this machine, trying again", "url", j.task.URL, "error", err)
		out.Result, out.TaskDelay = ResultDefer, 10*time.Second
		return out
	case class.HostFault():
		return j.hostFault(ctx, out, ReasonNetwork, fmt.Sprintf("%s: %v", class, err), 0, false)
	case class == ErrorTimeout:
		return j.hostFault(ctx, out, ReasonNetwork, fmt.Sprintf("%s: %v", class, err), 0, true)
	case class.Retry() && j.task.Attempt+1 < j.c.cfg.MaxAttempts:
		return j.retry(out)
	}
	return j.merge(out, j.fail(ctx, ReasonNetwork, fmt.Sprintf("%s: %v", class, err)))
}

// retry tries the task again, each time later.
func (j *job) retry(out Outcome) Outcome {
	out.Result = ResultRetry
	out.TaskDelay = jitter(j.c.cfg.BackoffMin << min(j.task.Attempt, 6))
	return out
}

// badStatus deals with a status that is neither content nor a redirect.
func (j *job) badStatus(ctx context.Context, page *Page, out Outcome) Outcome {
	switch code := page.Status; code {
	case http.StatusNotFound, http.StatusGone:
		j.gone(ctx, code)
		return j.merge(out, j.skip(ctx, ReasonMissing, status(code)))
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusUnavailableForLegalReasons:
		return j.merge(out, j.skip(ctx, ReasonForbidden, status(code)))
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		after := retryAfter(page.Header.Get("Retry-After"), j.c.Now())
		return j.hostFault(ctx, out, ReasonStatus, "answered "+status(code), after, false)
	default:
		if (code >= 500 || code == http.StatusRequestTimeout || code == http.StatusTooEarly) && j.task.Attempt+1 < j.c.cfg.MaxAttempts {
			return j.retry(out)
		}
		return j.merge(out, j.fail(ctx, ReasonStatus, status(code)))
	}
}

// gone stores that a known page is missing. It is asked for again, less and
// less often.
func (j *job) gone(ctx context.Context, code int) {
	if j.past == nil {
		return // noted as any other unread URL
	}
	now := j.c.Now()
	past := *j.past
	if past.Status != code {
		past.Status, past.Changed = code, now
		past.Validators, past.Hash, past.Attachments = Validators{}, [sha256.Size]byte{}, nil
	}
	past.Fetched, past.Interval = now, j.c.cfg.Recrawl.interval(now.Sub(past.Changed))
	j.store(ctx, past)
}

// retryAfter reads the header, in seconds or as a date (RFC 9110, 10.2.3); 0:
// absent or senseless.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(value); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

// hostFault leaves the host alone for a while. The task pays with an attempt
// only when the host worked before (or always): while a host is down, its
// pages wait instead of being used up one after the other.
func (j *job) hostFault(ctx context.Context, out Outcome, reason Reason, detail string, after time.Duration, always bool) Outcome {
	cfg := &j.c.cfg
	out.HostFault, out.Why = true, detail
	if after > 0 {
		// Spread a little, so that not all hosts of a platform come back at once.
		out.RetryAfter = min(after, cfg.RetryAfterMax) + jitter(cfg.BackoffMin) - cfg.BackoffMin
	} else {
		out.RetryAfter = jitter(min(cfg.BackoffMin<<min(j.lease.Faults, 20), cfg.BackoffMax))
	}
	if j.lease.Faults+1 >= cfg.GiveUpFaults && j.lease.Faulty >= cfg.GiveUpAfter {
		out.CutHost = ReasonHostDown
		if j.task.Class == ClassRobots && reason == ReasonStatus {
			out.CutHost = ReasonRobotsUnreachable
		}
		j.c.log.Warn("host given up", "host", j.task.Host, "after", j.lease.Faulty, "faults", j.lease.Faults+1, "why", detail)
		out.Result = ResultDefer
		return out
	}
	out.Result = ResultDefer
	if j.task.Class != ClassRobots && (always || j.lease.Faults == 0) {
		if j.task.Attempt+1 >= cfg.MaxAttempts {
			return j.merge(out, j.fail(ctx, reason, detail))
		}
		out.Result = ResultRetry
	}
	return out
}

package document

import (
	"context"
	"errors"
	"strings"

	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/requests"

	"prescreen/scanner"
)

// pdfBreak is the error of an engine that broke or was stopped while it read.
type pdfBreak struct{ late bool }

func (b *pdfBreak) Error() string {
	if b.late {
		return "it did not finish in time"
	}
	return "out of memory or confused"
}

func (b *pdfBreak) status() scanner.Status {
	if b.late {
		return scanner.StatusTimeout
	}
	return scanner.StatusPartial
}

// use opens the file in an engine and calls fn, with the engine under watch.
// The deadline of ctx stops a stoppable engine in the middle of whatever it is
// doing. The error is a *pdfBreak when the engine was lost before that.
func (r *pdfReader) use(ctx context.Context, fn func() error) (err error) {
	f := r.f
	engines := f.parser.pdf
	resume := f.budget.clock.pause() // starting may mean compiling
	engine, err := engines.take(f.fast)
	resume()
	if err != nil {
		return failf(scanner.StatusPartial, "%v", err)
	}
	broken := true
	defer func() {
		r.rest()
		engines.put(engine, broken)
	}()
	r.engine = engine
	r.watch()
	instance, err := engine.pool.GetInstanceWithContext(ctx)
	if err != nil {
		return failf(scanner.StatusPartial, "%v: %v", errNoEngine, err)
	}
	stop := context.AfterFunc(ctx, engine.cancel)
	defer stop()
	r.pdf = instance
	doc, err := instance.FPDF_LoadCustomDocument(&requests.FPDF_LoadCustomDocument{Reader: f.reader(), Size: f.size})
	if err == nil {
		r.doc = doc.Document
		err = fn()
	}
	var brk *pdfBreak
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case engine.late.Load():
		return &pdfBreak{late: true}
	case err == nil:
	case errors.As(err, &brk), fatalPDF(err):
		return &pdfBreak{}
	case errors.Is(err, pdferrors.ErrPassword):
		err = failf(scanner.StatusEncrypted, "encrypted, needs a password")
	case errors.Is(err, pdferrors.ErrSecurity):
		err = failf(scanner.StatusEncrypted, "encrypted in a way that is not read")
	}
	r.watch()
	broken = instance.Close() != nil
	return err
}

// watch begins the time of what the engine does next.
func (r *pdfReader) watch() {
	r.rest()
	stop := r.engine.watch(r.f.budget.limits)
	r.rest = func() {
		stop()
		r.rest = func() {}
	}
}

// apart calls fn without the watch: it does not use the engine.
func (r *pdfReader) apart(fn func() error) error {
	r.rest()
	defer r.watch()
	return fn()
}

// fatalPDF reports whether the engine itself is gone.
func fatalPDF(err error) bool {
	return strings.Contains(err.Error(), "panic occurred") || strings.Contains(err.Error(), "wasm error") ||
		strings.Contains(err.Error(), "module closed")
}

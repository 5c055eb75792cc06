package document

import (
	"context"
	"fmt"

	"prescreen/scanner"
)

// recoverPDF is for files the engine refuses: cut off, or without the tables
// it starts from.
func recoverPDF(_ context.Context, f *file, cause error) error {
	if f.emitted {
		return fmt.Errorf("read PDF: %w", cause)
	}
	return failf(scanner.StatusDamaged, "damaged or cut off: no page could be read")
}

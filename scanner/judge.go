package scanner

// Policy turns findings into a verdict. The zero value is the documented
// default: a finding of severity high or critical with confidence 60 or more
// blocks, any other finding asks for review.
type Policy struct {
	// BlockAt is the lowest severity that blocks; default high.
	BlockAt Severity

	// BlockConfidence is the lowest confidence of a finding that blocks;
	// default 60.
	BlockConfidence int

	// ReviewConfidence is the lowest confidence of a finding that counts at
	// all; default 0, every finding counts.
	ReviewConfidence int

	// IgnoreLow passes documents with nothing but low findings.
	IgnoreLow bool
}

// DefaultBlockConfidence is used where Policy gives none.
const DefaultBlockConfidence = 60

// Rank orders severities from 1 (low) to 4 (critical); 0 is unknown.
func (s Severity) Rank() int {
	switch s {
	case SeverityLow:
		return 1
	case SeverityMedium:
		return 2
	case SeverityHigh:
		return 3
	case SeverityCritical:
		return 4
	}
	return 0
}

// Judge returns the verdict for what was found and what could not be read:
// block outweighs incomplete, since what was found is enough; incomplete
// outweighs review and pass, since the rest is unknown.
func Judge(findings []Finding, problems []Problem, p Policy) Verdict {
	if p.BlockAt.Rank() == 0 {
		p.BlockAt = SeverityHigh
	}
	if p.BlockConfidence <= 0 {
		p.BlockConfidence = DefaultBlockConfidence
	}
	verdict := VerdictPass
	for i := range findings {
		f := &findings[i]
		switch {
		case f.Severity.Rank() >= p.BlockAt.Rank() && f.Confidence >= p.BlockConfidence:
			return VerdictBlock
		case f.Confidence < p.ReviewConfidence, p.IgnoreLow && f.Severity == SeverityLow:
		default:
			verdict = VerdictReview
		}
	}
	for _, pr := range problems {
		if !pr.Status.Harmless() {
			return VerdictIncomplete
		}
	}
	return verdict
}

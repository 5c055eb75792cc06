package document

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/gif"  // decoder
	_ "image/jpeg" // decoder
	_ "image/png"  // decoder
	"strings"

	_ "golang.org/x/image/bmp"  // decoder
	_ "golang.org/x/image/tiff" // decoder
	_ "golang.org/x/image/webp" // decoder

	"prescreen/scanner"
)

const (
	imageMaxBytes  = 128 << 20
	imageMaxPixels = 100 << 20
	imageMinSide   = 24 // smaller pictures hold no text
	imageMinArea   = 60 * 60
	imageReports   = 20 // problems about pictures of one input named one by one
)

// readImage reads a picture: what its metadata says, the codes printed in it
// and the text that can be recognised.
func readImage(ctx context.Context, f *file) error {
	data, err := f.bytes(imageMaxBytes)
	if err != nil && len(data) == 0 {
		return err
	}
	if merr := imageMetadata(f, data); merr != nil {
		return merr
	}
	if f.typ == "tiff" {
		return readTIFF(ctx, f, data)
	}
	cfg, _, cerr := image.DecodeConfig(bytes.NewReader(data))
	switch {
	case cerr != nil && f.typ == "bmp":
		return f.recogniseBMP(ctx, data) // of 1, 4 or 16 bits a pixel, or run-length encoded
	case cerr != nil:
		return fmt.Errorf("read picture: %w", cerr)
	case cfg.Width < imageMinSide || cfg.Height < imageMinSide || cfg.Width*cfg.Height < imageMinArea:
		return nil
	case cfg.Width*cfg.Height > imageMaxPixels:
		return failf(scanner.StatusLimit, "a picture of %d by %d pixels, not recognised", cfg.Width, cfg.Height)
	}
	if uerr := f.budget.unpackImage(cfg.Width, cfg.Height); uerr != nil {
		return uerr
	}
	img, _, derr := image.Decode(bytes.NewReader(data))
	if derr != nil {
		// What was cut off may still show most of the page.
		return f.recognise(ctx, nil, data, 0)
	}
	return f.recognise(ctx, img, data, 0)
}

// unpackImage bounds the memory of pictures without counting their pixels as
// unpacked text: a white page of a few kilobytes is no bomb.
func (b *budget) unpackImage(width, height int) error {
	b.pixels += int64(width) * int64(height)
	if limit := b.limits.Unpacked * 8; b.pixels > limit {
		return failf(scanner.StatusLimit, "its pictures have more than %d million pixels", limit>>20)
	}
	return b.ctx.Err()
}

// recognise reads codes and text in a picture. img is nil where only
// tesseract may be able to decode data; page is 0 outside paged files.
func (f *file) recognise(ctx context.Context, img image.Image, data []byte, page int) error {
	if img != nil {
		if err := f.codes(img, page); err != nil {
			return err
		}
	}
	ocr := f.parser.ocr
	what := "the picture"
	if page > 0 {
		what = fmt.Sprintf("page %d", page)
	}
	if f.budget.pictures >= ocr.cfg.PerFile {
		return f.unrecognised(fmt.Sprintf("%s was not recognised: more than %d pictures in one file", what, ocr.cfg.PerFile))
	}
	if err := ocr.ready(); err != nil {
		return f.unrecognised(fmt.Sprintf("%s was not recognised: %v", what, err))
	}
	f.budget.pictures++
	resume := f.budget.clock.pause()
	lines, err := ocr.read(ctx, img, data, f.orientation)
	resume()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if eerr := f.emitLines(lines, page); eerr != nil || err == nil {
		return eerr
	}
	if len(lines) > 0 {
		return f.unrecognised(fmt.Sprintf("%s was recognised in part: %v", what, err))
	}
	return f.unrecognised(fmt.Sprintf("%s was not recognised: %v", what, err))
}

// emitLines gives recognised lines, joined to paragraphs, and the cells of
// tables.
func (f *file) emitLines(lines []ocrLine, page int) error {
	tables := f.tables
	texts := make([]string, len(lines))
	for i := range lines {
		texts[i] = lines[i].text
	}
	for i := 0; i < len(lines); {
		n, end := 1, i
		for end < len(lines) && lines[end].table == 0 {
			end++
		}
		if end > i {
			n = paragraph(texts[i:end])
		}
		s := scanner.Segment{
			Place:      scanner.Place{Kind: scanner.KindImage, Page: page, Line: i + 1},
			Text:       strings.Join(texts[i:i+n], "\n"),
			Confidence: meanConfidence(lines[i : i+n]),
		}
		for _, l := range lines[i : i+n] {
			if l.doubt {
				s.Confidence = min(s.Confidence, doubtfulConfidence)
			}
		}
		s.Confidence = max(1, s.Confidence)
		if l := lines[i]; l.table > 0 {
			s.Text, s.Table, s.Row, s.Col, s.Header = l.text, tables+l.table, l.row, l.col, l.header
			f.tables = max(f.tables, s.Table)
		}
		if err := f.emit(s); err != nil {
			return err
		}
		i += n
	}
	return nil
}

// unrecognised reports a picture that nobody has read; after some of them one
// line stands for the rest.
func (f *file) unrecognised(message string) error {
	f.budget.skipped++
	switch {
	case f.budget.skipped < imageReports:
		f.problem(scanner.StatusPartial, message)
	case f.budget.skipped == imageReports:
		f.problem(scanner.StatusPartial, "more pictures were not recognised, for the same reason")
	}
	f.faulty = true
	return nil
}

// readTIFF reads every page of a TIFF file.
func readTIFF(ctx context.Context, f *file, data []byte) error {
	pages := tiffPages(data)
	if len(pages) == 0 {
		return fmt.Errorf("read picture: no page in it")
	}
	for i, offset := range pages {
		view := append([]byte(nil), data...)
		putTIFFOffset(view, offset)
		cfg, _, err := image.DecodeConfig(bytes.NewReader(view))
		number := i + 1
		if len(pages) == 1 {
			number = 0
		}
		if err == nil && (cfg.Width < imageMinSide || cfg.Height < imageMinSide) {
			continue
		}
		if err == nil && cfg.Width*cfg.Height > imageMaxPixels {
			if err := f.unrecognised(fmt.Sprintf("page %d has too many pixels", i+1)); err != nil {
				return err
			}
			continue
		}
		if err == nil {
			if err := f.budget.unpackImage(cfg.Width, cfg.Height); err != nil {
				return err
			}
		}
		img, _, derr := image.Decode(bytes.NewReader(view))
		if derr != nil {
			img = nil // compressed in a way only tesseract's library reads
		}
		if err := f.recognise(ctx, img, view, number); err != nil {
			return err
		}
	}
	return nil
}

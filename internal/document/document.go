// Package document turns the bytes of any supported format into segments of
// text with their place, and the links found on the way. It reads everything
// a file carries, shown or hidden: a leak hunter has no use for "main text".
//
// The type of a file is sniffed from its content; names and declared types
// are labels and break ties between plain-text formats only. Files inside
// files are read by the same dispatcher, under one budget for the whole tree.
// Whatever could not be read completely becomes a scanner.Problem that names
// the file: "read and clean" and "could not read" never look the same.
//
// The package does not fetch, does not judge what it finds, and never writes
// a file under a name that came from outside.
//
// # Segments
//
// A segment is one block of text: a paragraph, a heading, a table cell, the
// value of an attribute. Inline markup is joined without a space, a line
// break inside a block is "\n". Text is valid UTF-8 and never blank.
//
//   - Place.Kind says what kind of place it stood in, Place.File which file:
//     the name of the outermost file and of every member below it, joined by
//     "!/"; empty for a page without a name.
//   - A table cell is one segment per block in it. Table is the 1-based ordinal
//     of the table within its file, Row and Col are 1-based with spans taken
//     into account, Header is set for th elements and the cells of a header
//     row. Spreadsheet cells carry Place.Sheet and Place.Cell as well.
//   - Place.Page is set for paged formats, Place.Line for text (line number of
//     the segment's first line) and for HTML and word processing (ordinal of
//     the block in its file).
//   - The name of every file is itself a segment of KindFilename.
package document

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"time"

	"prescreen/scanner"
)

// Input is one file, page or draft to read.
type Input struct {
	Name        string      // file name, a label: its extension is not trusted
	URL         string      // address it came from; links are resolved against it
	ContentType string      // Content-Type header as sent, for its charset
	Data        io.ReaderAt // the bytes, content codings removed; a Bytes method saves a copy of them
	Size        int64       // length of Data
	Fragment    bool        // a pasted piece of HTML rather than a whole page
}

// Result is what one Input held.
type Result struct {
	Type    string // sniffed type of the outermost file: html, text, docx …
	Charset string // of the outermost file where it is text, WHATWG name
	Title   string
	// Published is when the page says that it was published, 2006-01-02 or, with
	// the time of day, 2006-01-02 15:04; Column is the column (栏目) that it
	// names in its metadata. Empty where it does not say.
	Published, Column string
	Segments          []scanner.Segment // in document order; nil after Walk
	Links             []Link
	Problems          []scanner.Problem

	Files    int   // files read, members of containers included
	Text     int64 // bytes of text in all segments
	Visible  int64 // bytes of text a reader sees: body, headings, titles
	Scripts  int   // script elements of an HTML page
	Unpacked int64 // bytes that came out of containers and compressed streams
}

// Link is a reference found in a document.
type Link struct {
	URL  string // resolved against the document's base where it has one
	Via  string // a, iframe, img, script, meta-refresh, canonical, form …
	Text string // anchor text, "" where there is none
}

// Config of a Parser. The zero value is useful.
type Config struct {
	Limits  Limits       // zero fields take the defaults of DefaultLimits
	TempDir string       // for spooled members; "" is the system's
	Logger  *slog.Logger // nil is silent

	// PDFCacheDir is a folder of the user's own for the compiled PDF engine,
	// see docs/documents.md for its size. Where it cannot be used one in TempDir
	// takes its place. Without either every process compiles anew: some seconds
	// and 300 MB at its first PDF.
	PDFCacheDir string

	OCR OCR // recognition of pictures and scanned pages
}

// Parser reads documents. It is immutable and safe for concurrent use.
type Parser struct {
	cfg        Config
	extractors map[string]extractor
	pdf        *pdfEngines
	ocr        *ocrEngine
}

// New returns a Parser for cfg.
func New(cfg Config) (*Parser, error) {
	limits, err := cfg.Limits.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("document limits: %w", err)
	}
	cfg.Limits = limits
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.TempDir == "" {
		cfg.TempDir = os.TempDir()
	}
	return &Parser{cfg: cfg, extractors: extractors(), pdf: &pdfEngines{cacheDir: cfg.PDFCacheDir, tempDir: cfg.TempDir}, ocr: &ocrEngine{cfg: cfg.OCR.withDefaults()}}, nil
}

// Close ends the engines the Parser has started. No Parse may be running.
func (p *Parser) Close() { p.pdf.close() }

// Parse reads in and returns all of its segments. What could not be read is
// in Result.Problems; the error is only for a cancelled ctx or an Input
// without data, and the Result is then what had been read so far.
func (p *Parser) Parse(ctx context.Context, in Input) (*Result, error) {
	// A page has a segment for every few hundred bytes; growing from nothing
	// would copy them again and again.
	segments := make([]scanner.Segment, 0, min(max(in.Size/64, 8), 2048))
	res, err := p.Walk(ctx, in, func(s scanner.Segment) error {
		segments = append(segments, s)
		return nil
	})
	res.Segments = segments
	return res, err
}

// Walk is Parse for long documents: every segment goes to sink as it is
// found and none is kept. An error of sink ends the walk and is returned.
func (p *Parser) Walk(ctx context.Context, in Input, sink func(scanner.Segment) error) (*Result, error) {
	return p.walk(ctx, in, false, sink)
}

// walk is Walk. fast lets engines be used that nothing but the end of this
// process can stop.
func (p *Parser) walk(ctx context.Context, in Input, fast bool, sink func(scanner.Segment) error) (*Result, error) {
	res := &Result{}
	if in.Data == nil {
		return res, errors.New("read document: no data")
	}
	limited := withClock(ctx, p.cfg.Limits.Time)
	defer limited.stop()
	t := &tree{
		parser: p,
		res:    res,
		sink:   sink,
		fast:   fast,
		budget: newBudget(limited, p.cfg.Limits, in.Size),
	}
	t.budget.clock = limited
	f := &file{
		tree: t, name: in.Name, path: in.Name, url: in.URL, contentType: in.ContentType,
		fragment: in.Fragment, data: in.Data, size: in.Size,
	}
	f.read(limited)
	res.Unpacked = t.budget.unpacked
	if t.sinkErr != nil {
		return res, t.sinkErr
	}
	return res, ctx.Err()
}

// extractor reads one file of the type it is registered for. It emits what
// it finds as it goes. An error means the rest of the file could not be read:
// the dispatcher makes a Problem of it (see statusOf). A part that could not
// be read while the rest could is reported with file.problem.
type extractor func(ctx context.Context, f *file) error

// extractors is the one table of what is read by what, by sniffed type. Types
// that are absent are reported as unsupported.
func extractors() map[string]extractor {
	m := map[string]extractor{
		"docx": readOOXML, "xlsx": readOOXML, "xlsb": readOOXML, "pptx": readOOXML, "vsdx": readOOXML, "xps": readXPS,
		"zip": readZip, "tar": readTar, "rar": readRar, "7z": read7z,
		"gzip": readStream, "bzip2": readStream, "xz": readStream, "zstd": readStream, "lzma": readStream,
		"lz4": readStream, "compress": readStream, "lzip": readStream,
		"ar": readAr, "cpio": readCpio, "cab": readCab, "iso": readISO,
		"executable": readExecutable,
		"pdf":        readPDF,
		"doc":        readOLE, "xls": readOLE, "ppt": readOLE, "msg": readOLE, "ole": readOLE, "encrypted": readOLE,
		"rtf": readRTF,
		"odt": readODF, "ods": readODF, "odp": readODF, "flatodf": readFlatODF,
		"ofd": readOFD, "epub": readZip, "iwork": readZip,
		"png": readImage, "jpeg": readImage, "gif": readImage, "bmp": readImage, "webp": readImage, "tiff": readImage,
		"emf": readMetafile, "wmf": readMetafile,
		"eml": readMail, "mhtml": readMail, "mbox": readMbox, "tnef": readTNEF,
		"dbf": readDBF, "vcard": readVCard,
		"owner": readOwnerFile, "appledouble": readAppleDouble, "dsstore": readDSStore, "shortcut": readShortcut, "font": readNothing,
		"wordml": readWordML, "flatopc": readFlatOPC, "excelml": readExcelML,
	}
	maps.Copy(m, markupExtractors())
	return m
}

// defaultTime bounds the reading of one file with all its members, recognition
// of images apart.
const defaultTime = 60 * time.Second

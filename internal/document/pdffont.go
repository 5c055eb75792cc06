package document

import (
	"embed"
	"io/fs"
)

// Chinese PDF files name fonts, SimSun above all, that they do not carry. The
// engine would ask the system for them; it has none here, and then takes such
// characters for nothing: they have no size, a text of one of them is dropped,
// and so is text on its side. It gets a font in which every character is a box;
// the test that checks it makes it too.

//go:embed fonts
var pdfFontFiles embed.FS

// pdfFonts returns the files the engine is shown: /usr/share/fonts, where it
// looks for fonts.
func pdfFonts() (fs.FS, error) { return fs.Sub(pdfFontFiles, "fonts") }

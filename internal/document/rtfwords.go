package document

import (
	"io"

	"prescreen/scanner"
)

// rtfDestination tells the groups whose text is no part of the running text.
func rtfDestination(word string) (dest rtfDest, kind scanner.Kind, ok bool) {
	switch word {
	case "header", "headerl", "headerr", "headerf":
		return rtfText, scanner.KindHeader, true
	case "footer", "footerl", "footerr", "footerf":
		return rtfText, scanner.KindFooter, true
	case "footnote":
		return rtfText, scanner.KindNote, true
	case "annotation":
		return rtfText, scanner.KindComment, true
	case "shptxt", "dptxbxtext":
		return rtfText, scanner.KindBody, true
	case "atnauthor":
		return rtfValue, scanner.KindComment, true
	case "title", "subject", "author", "operator", "keywords", "comment", "doccomm", "company", "manager",
		"category", "hlinkbase", "propname", "staticval", "docvar", "xmlattrvalue", "mmconnectstr", "mmquery", "mmdatasource",
		"protusertbl":
		return rtfValue, scanner.KindProperty, true
	case "xe", "tc", "tcn", "txe", "rxe": // entries of the index and the table of contents
		return rtfValue, scanner.KindHidden, true
	case "fldinst":
		return rtfField, scanner.KindHidden, true
	case "revtbl":
		return rtfNames, scanner.KindProperty, true
	case "sn":
		return rtfShapeName, "", true
	case "sv":
		return rtfShapeValue, "", true
	case "ffdeftext", "ffhelptext", "ffstattext", "ffl":
		return rtfValue, scanner.KindForm, true
	case "pict":
		return rtfPicture, "", true
	case "objdata":
		return rtfObject, "", true
	case "bkmkstart":
		return rtfMark, "", true
	case "stylesheet":
		return rtfStyles, "", true
	case "fonttbl":
		return rtfFonts, "", true
	case "colortbl":
		return rtfColors, "", true
	case "listtable", "listoverridetable", "rsidtbl", "generator", "themedata", "colorschememapping",
		"latentstyles", "datastore", "bkmkend", "atnid", "atnref", "atrfstart", "atrfend", "atndate",
		"creatim", "revtim", "printim", "buptim", "pnseclvl", "ftnsep", "ftnsepc", "aftnsep", "nonesttables", "filetbl",
		"objclass", "blipuid", "mmathPr", "xmlnstbl", "template", "picprop", "nonshppict", "pgptbl", "panose", "falt":
		return rtfSkip, "", true
	}
	return 0, "", false
}

// word handles a control word.
func (r *rtfReader) word(word string, arg int, has bool) error {
	star := r.state.star
	r.state.star, r.state.fresh = false, false
	if r.skip > 0 && word != "u" && word != "bin" {
		r.skip-- // a control word counts as one character after an escape
		return nil
	}
	r.skip = 0
	if dest, kind, ok := rtfDestination(word); ok {
		r.begin(dest, kind, word)
		return nil
	}
	if star && word != "shpinst" && word != "ud" && word != "upr" && word != "userprops" && word != "docvars" &&
		word != "formfield" && word != "nesttableprops" && word != "do" && word != "shppict" && word != "atnicn" &&
		word != "xmlopen" && word != "background" && word != "shpgrp" && word != "mmath" {
		r.begin(rtfUnknown, scanner.KindHidden, word)
		return nil
	}
	switch word {
	case "par", "sect", "page", "column", "softpage":
		return r.paragraph()
	case "line", "lbr":
		r.put("\n")
	case "tab":
		r.put("\t")
	case "u":
		r.unicode(arg)
	case "uc":
		r.state.uc = max(0, min(arg, 16))
	case "bin":
		return r.binary(arg)
	case "ansicpg":
		if arg > 0 {
			r.ansi = arg
		}
	case "f":
		r.flushRaw()
		r.state.font = arg
	case "fcharset":
		if r.state.dest == rtfFonts {
			r.fonts[r.state.font] = charsetPage(arg)
		}
	case "cpg":
		if r.state.dest == rtfFonts && arg > 0 {
			r.fonts[r.state.font] = arg
		}
	case "red", "green", "blue":
		r.rgb[map[string]int{"red": 0, "green": 1, "blue": 2}[word]] = arg
	default:
		return r.format(word, arg, has)
	}
	return nil
}

func (r *rtfReader) format(word string, arg int, has bool) error {
	on := !has || arg != 0
	switch word {
	case "plain":
		r.flushRaw()
		r.state.flags &= rtfOutline
	case "s":
		if r.state.style = arg; r.state.dest == rtfStyles {
			r.flushRaw()
			r.style = arg
		}
	case "outlinelevel":
		r.flag(rtfOutline, arg < 9)
	case "fs":
		r.flag(rtfTiny, arg > 0 && arg <= 3)
	case "v":
		r.flag(rtfHidden, on)
	case "revised":
		r.flag(rtfInserted, on)
	case "deleted":
		r.flag(rtfDeleted, on)
	case "cf":
		r.flag(rtfWhite, r.whites[arg])
	case "highlight", "chcbpat", "cbpat", "cb":
		r.flag(rtfShaded, arg != 0 && !r.whites[arg])
	case "trowd":
		k := r.state.sink
		if !k.inTable {
			k.inTable, k.table, k.row, k.col = true, r.f.nextTable(), 1, 1
		}
	case "pard":
		r.flag(rtfOutline, false)
		r.state.style = 0
		// Text after a table that is no cell any more.
		if k := r.state.sink; k.inTable && k.col <= 1 && len(k.body) == 0 {
			k.inTable = false
		}
	case "intbl":
		if k := r.state.sink; !k.inTable {
			k.inTable = true
			if k.table == 0 || k.row == 0 {
				k.table, k.row, k.col = r.f.nextTable(), 1, 1
			}
		}
	case "cell", "nestcell":
		r.flushRaw()
		k := r.state.sink
		err := r.endBlock(k)
		k.col++
		return err
	case "row", "nestrow":
		k := r.state.sink
		k.row++
		k.col = 1
	case "emdash":
		r.put("—")
	case "endash":
		r.put("–")
	case "lquote":
		r.put("‘")
	case "rquote":
		r.put("’")
	case "ldblquote":
		r.put("“")
	case "rdblquote":
		r.put("”")
	case "bullet":
		r.put("•")
	case "pngblip":
		r.state.picture = ".png"
	case "jpegblip":
		r.state.picture = ".jpg"
	case "emfblip":
		r.state.picture = ".emf"
	case "wmetafile":
		r.state.picture = ".wmf"
	case "dibitmap":
		r.state.picture = ".dib"
	case "macpict":
		r.state.picture = ".pict"
	}
	return nil
}

func (r *rtfReader) flag(flag rtfFlags, on bool) {
	r.flushRaw()
	if on {
		r.state.flags |= flag
	} else {
		r.state.flags &^= flag
	}
}

// tellingText returns text that says something to a person, "" for the hex
// digits and identifiers that fill most private destinations.
func tellingText(text string) string {
	if countHan(text) > 0 || longestDigits(text) >= 11 {
		return text
	}
	return ""
}

// begin starts a destination within the current group.
func (r *rtfReader) begin(dest rtfDest, kind scanner.Kind, word string) {
	r.flushRaw()
	if r.state.dest == rtfSkip && dest != rtfText {
		return
	}
	r.state.dest = dest
	r.state.sink = &rtfSink{kind: kind, title: word == "title"}
	if dest == rtfText {
		r.state.flags = 0
	}
}

// binary steps over, or takes, raw bytes.
func (r *rtfReader) binary(n int) error {
	if n <= 0 {
		return nil
	}
	if r.state.dest == rtfPicture || r.state.dest == rtfObject {
		r.flushRaw()
		data, err := io.ReadAll(io.LimitReader(r.in, int64(n)))
		r.state.sink.hex = append(r.state.sink.hex, data...)
		if err != nil {
			r.broken = true
		}
		return nil
	}
	if _, err := r.in.Discard(n); err != nil {
		r.broken = true
	}
	return nil
}

// charsetPage maps a font's character set to a code page.
func charsetPage(charset int) int {
	switch charset {
	case 134:
		return 936
	case 136:
		return 950
	case 128:
		return 932
	case 129:
		return 949
	case 204:
		return 1251
	}
	return 0
}

package document

import "testing"

func TestColor(t *testing.T) {
	for in, want := range map[string]rgb{
		"#fff": colorWhite, "#FFFFFF": colorWhite, "white": colorWhite, "ffffff": colorWhite, "rgb(255, 255,255)": colorWhite,
		"rgba(255 255 255 / 50%)": colorWhite, "rgb(100%,100%,100%)": colorWhite, "#12345678": colorSet | 0x123456,
		"url(a.png) #fff": colorUnknown, "linear-gradient(red,blue)": colorUnknown, "#fff no-repeat": colorWhite,
		"inherit": 0, "": 0, "#ff": 0, "rgb(1,2)": 0, "var(--c)": 0, "#xyz": 0,
	} {
		if got := parseColor(in); got != want {
			t.Errorf("parseColor(%q) = %#x, want %#x", in, got, want)
		}
	}
	if !sameColor(colorWhite, 0) || !sameColor(colorSet|0xFEFEFE, colorWhite) || sameColor(colorSet, 0) || sameColor(0, colorWhite) ||
		sameColor(colorWhite, colorUnknown) || sameColor(colorWhite, colorSet) {
		t.Error("sameColor is wrong")
	}
}

func TestHides(t *testing.T) {
	hidden := []string{
		"display:none", "DISPLAY : None !important", "color:red;display:none", "visibility:hidden", "opacity:0", "opacity: 0.0", "font-size:0px",
		"font-size:1px", "text-indent:-9999px", "text-indent:-999em", "position:absolute;left:-9999px", "left:-9999px;position:fixed",
		"position:absolute;top:-1000px", "width:0;height:0;overflow:hidden", "height:1px;overflow:hidden", "clip:rect(0 0 0 0)",
		"clip:rect(1px,1px,1px,1px);position:absolute", "clip-path:inset(50%)", "transform:scale(0)", "margin-left:-9999px", "mso-hide:all",
		"color:transparent", "color:rgba(0,0,0,0)", "filter:alpha(opacity=0)", "/* x */display:none", "max-height:0;overflow:hidden",
	}
	for _, css := range hidden {
		if st := parseStyle(css); st.hide == 0 {
			t.Errorf("%q is not taken to hide", css)
		}
	}
	for _, css := range []string{
		"display:block", "", ";;;", "color:#333", "font-size:12px", "font-size:0.8em", "opacity:1", "opacity:.5", "text-indent:2em", "text-indent:-2em",
		"position:absolute;left:-20px", "width:0", "height:0", "overflow:hidden", "margin-left:-15px", "visibility:visible", "width:100%;overflow:hidden",
		"left:-9999px", "clip:auto", "font:bold 12px/20px 宋体", "background:none", "font-size:10px",
	} {
		if st := parseStyle(css); st.hide != 0 {
			t.Errorf("%q is taken to hide", css)
		}
	}
}

func TestStyleSheet(t *testing.T) {
	sheet := collectStyles(`<style>@import url(x); /* .z{display:none} */ .a, p.b { display:none } #c{color:#fff}
@media screen { .d {visibility:hidden} } @media print{.e{display:none}} @font-face{font-family:x} .f .g{display:none} .h:hover{display:none}
em{font-size:0}</style><STYLE type=text/css><!-- .i{opacity:0} --></STYLE><styled>.j{display:none}</styled>`)
	for name, want := range map[string]bool{
		".a": true, ".b": true, ".d": true, "em": true, ".i": true, ".e": false, ".g": false, ".f": false, ".h": false, ".z": false, ".j": false,
	} {
		if got := sheet[name].hide != 0; got != want {
			t.Errorf("%s hides: %v, want %v", name, got, want)
		}
	}
	if sheet["#c"].fg != colorWhite {
		t.Errorf("#c is %+v", sheet["#c"])
	}
}

package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"os"
	"path/filepath"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// identifiers stand on every page where its kind has room for them.
var identifiers = []string{"11010519491231002X", "13912345678", "6222021234567890128", "010-66001234", "民发〔2026〕17号", "内部资料"}

var (
	title = "某某市民政局文件"
	lines = []string{
		"民发〔2026〕17号", "内部资料 注意保存",
		"关于做好困难群众基本生活救助工作的通知", "各区民政局、局机关各处室：",
		"根据国家有关规定和市政府专题会议精神，现就进一步",
		"做好本市困难群众基本生活救助工作有关事项通知如下。",
		"一、各单位要对申请人的家庭收入和财产状况逐户核查，",
		"核查材料应当由经办人签字后归入个人档案妥善保管。",
		"二、申请人张建国，公民身份号码11010519491231002X，",
		"联系电话13912345678，补助资金拨入6222021234567890128。",
		"三、街道办事处应当在收到材料之日起十个工作日内提出",
		"审核意见，符合条件的予以公示，不符合的书面说明理由。",
		"四、对家庭成员患有重大疾病的，可以适当提高救助标准，",
		"具体办法由各区结合实际情况制定并报市民政局备案。",
		"五、本通知自印发之日起施行，有效期五年，原有规定与",
		"本通知不一致的，以本通知为准。咨询电话010-66001234。",
		"某某市民政局", "2026年3月5日",
	}
	table = [][]string{
		{"序号", "姓名", "公民身份号码", "联系电话"},
		{"1", "张建国", "11010519491231002X", "13912345678"},
		{"2", "李秀英", "110105198203054321", "13800138000"},
		{"3", "王志强", "110105197611230015", "13611112222"},
		{"4", "赵丽华", "110105199001017788", "15922223333"},
	}
)

// press prints pages with two faces: Serif as official documents have it
// (nearest to 宋体), Sans as notices on the web do.
type press struct {
	serif, sans *opentype.Font
	others      []namedFont // faces of other foundries, where they are installed
}

type namedFont struct {
	name string
	font *opentype.Font
}

// otherFonts are Debian's: fonts-arphic-gkai00mp and fonts-arphic-gbsn00lp.
var otherFonts = []struct{ name, file string }{
	{"Kai", "/usr/share/fonts/truetype/arphic-gkai00mp/gkai00mp.ttf"},
	{"light Song", "/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf"},
}

func newPress(dir string) (*press, error) {
	p := &press{}
	for name, to := range map[string]**opentype.Font{"NotoSerifCJK-Regular.ttc": &p.serif, "NotoSansCJK-Regular.ttc": &p.sans} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("read font: %w", err)
		}
		collection, err := opentype.ParseCollection(data)
		if err != nil {
			return nil, fmt.Errorf("read font %s: %w", name, err)
		}
		if *to, err = collection.Font(2); err != nil { // the third is Simplified Chinese
			return nil, fmt.Errorf("read font %s: %w", name, err)
		}
	}
	for _, o := range otherFonts {
		data, err := os.ReadFile(o.file)
		if err != nil {
			return nil, fmt.Errorf("read font: %w (make ocr-bench installs it)", err)
		}
		collection, err := opentype.ParseCollection(data)
		if err != nil {
			return nil, fmt.Errorf("read font %s: %w", o.name, err)
		}
		f, err := collection.Font(0)
		if err != nil {
			return nil, fmt.Errorf("read font %s: %w", o.name, err)
		}
		p.others = append(p.others, namedFont{o.name, f})
	}
	return p, nil
}

var (
	black = color.RGBA{20, 20, 20, 255}
	red   = color.RGBA{205, 20, 25, 255}
)

// paper is a page of A4 at a resolution.
type paper struct {
	*image.RGBA
	dpi float64
}

func blankPaper(dpi float64) paper {
	img := image.NewRGBA(image.Rect(0, 0, int(8.27*dpi), int(11.69*dpi)))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	return paper{img, dpi}
}

// write prints s with its base line at x, y inches, size in points, and
// returns its width in inches.
func (p paper) write(f *opentype.Font, s string, x, y, size float64, c color.Color) float64 {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: p.dpi, Hinting: font.HintingNone})
	if err != nil {
		panic(err) // a font that has been read makes every face
	}
	defer face.Close()
	d := font.Drawer{Dst: p, Src: image.NewUniform(c), Face: face, Dot: fixed.P(int(x*p.dpi), int(y*p.dpi))}
	d.DrawString(s)
	return float64(d.Dot.X.Round())/p.dpi - x
}

// letter is an official letter; with redHead under a red title.
func (p *press) letter(f *opentype.Font, dpi float64, redHead bool) paper {
	return p.letterOf(f, dpi, 15, redHead)
}

func (p *press) letterOf(f *opentype.Font, dpi, size float64, redHead bool) paper {
	page := blankPaper(dpi)
	y := 1.6
	if redHead {
		page.write(f, title, 1.3, y, 36, red)
		y += 0.5
		draw.Draw(page, image.Rect(int(0.9*dpi), int(y*dpi), int(7.4*dpi), int((y+0.03)*dpi)), image.NewUniform(red), image.Point{}, draw.Src)
	}
	for i, l := range lines {
		y += 0.42
		x := 0.95
		if i >= len(lines)-2 {
			x = 4.9
		}
		page.write(f, l, x, y, size, black)
	}
	return page
}

// stamp puts a round red seal over the signature.
func (p *press) stamp(page paper) paper { return p.stampAt(page, 5.6, 9.3) }

func (p *press) stampAt(page paper, x, y float64) paper {
	cx, cy, r := x*page.dpi, y*page.dpi, 0.8*page.dpi
	for y := int(cy - r); y <= int(cy+r); y++ {
		for x := int(cx - r); x <= int(cx+r); x++ {
			d := math.Hypot(float64(x)-cx, float64(y)-cy) / r
			angle := math.Atan2(float64(y)-cy, float64(x)-cx)
			star := 0.28 * (1 + 0.5*math.Cos(5*(angle+math.Pi/2)))
			if d < 1 && d > 0.93 || d < star {
				mix(page.RGBA, x, y, red)
			}
		}
	}
	return page
}

// mix lays ink over what is printed: the darker wins in each channel.
func mix(img *image.RGBA, x, y int, c color.RGBA) {
	i := img.PixOffset(x, y)
	if !(image.Point{x, y}.In(img.Rect)) {
		return
	}
	img.Pix[i], img.Pix[i+1], img.Pix[i+2] = min(img.Pix[i], c.R), min(img.Pix[i+1], c.G), min(img.Pix[i+2], c.B)
}

func (p *press) columns(dpi float64) (paper, []string) {
	page := blankPaper(dpi)
	var short []string
	for _, l := range lines {
		for r := []rune(l); len(r) > 0; {
			n := min(len(r), 14)
			for n < len(r) && n < 20 && r[n] < 0x80 { // numbers stay whole
				n++
			}
			short = append(short, string(r[:n]))
			r = r[n:]
		}
	}
	half := (len(short) + 1) / 2
	for i, l := range short {
		page.write(p.serif, l, 0.7+3.7*float64(i/half), 1.2+0.33*float64(i%half), 12, black)
	}
	return page, short
}

package document

// tag identifies the elements the parser treats in a way of their own; all
// others are tagOther.
type tag uint8

const (
	tagOther tag = iota
	tagA
	tagArea
	tagAudio
	tagBase
	tagBody
	tagBr
	tagButton
	tagCaption
	tagDatalist
	tagDD
	tagDialog
	tagDiv
	tagDT
	tagEmbed
	tagFont
	tagForm
	tagFrame
	tagH1
	tagHead
	tagHr
	tagHTML
	tagIframe
	tagImg
	tagInput
	tagInline // formatting elements: b, i, em …
	tagLi
	tagLink
	tagMarquee
	tagMath
	tagMeta
	tagNoscript
	tagObject
	tagOptgroup
	tagOption
	tagP
	tagParam
	tagPlaintext
	tagPre
	tagRawText // noembed, noframes, xmp
	tagScript
	tagSection // blocks without rules of their own
	tagSelect
	tagSource
	tagSpan
	tagStyle
	tagSVG
	tagTable
	tagTBody // thead and tfoot too
	tagTD
	tagTemplate
	tagTextarea
	tagTH
	tagTHead
	tagTitle
	tagTR
	tagTrack
	tagUL // ol too
	tagVideo
	tagVoid // void elements of no interest
	numTags
)

// props say how an element behaves in the tree and in the text.
type props uint8

const (
	propVoid       props = 1 << iota // has no content
	propBlock                        // its start and end separate segments
	propSpecial                      // end tags of inline elements do not reach across it
	propClosesP                      // its start ends an open paragraph
	propScope                        // end tags of elements outside do not reach into it
	propFormatting                   // may overlap other elements
)

const plainBlock = propBlock | propSpecial | propClosesP

// tagProps has the properties of every tag.
var tagProps = [numTags]props{
	tagA:         propFormatting,
	tagArea:      propVoid,
	tagBase:      propVoid,
	tagBody:      propBlock | propSpecial,
	tagBr:        propVoid,
	tagButton:    propSpecial,
	tagCaption:   propBlock | propSpecial | propScope,
	tagDD:        plainBlock,
	tagDatalist:  propBlock,
	tagDialog:    plainBlock,
	tagDiv:       plainBlock,
	tagDT:        plainBlock,
	tagEmbed:     propVoid,
	tagFont:      propFormatting,
	tagForm:      plainBlock,
	tagFrame:     propVoid,
	tagH1:        plainBlock,
	tagHead:      propBlock | propSpecial,
	tagHr:        propVoid | propBlock | propClosesP,
	tagHTML:      propBlock | propSpecial | propScope,
	tagImg:       propVoid,
	tagInline:    propFormatting,
	tagInput:     propVoid,
	tagLi:        plainBlock,
	tagLink:      propVoid,
	tagMarquee:   propBlock | propSpecial | propScope,
	tagMeta:      propVoid,
	tagObject:    propSpecial | propScope,
	tagOptgroup:  propBlock,
	tagOption:    propBlock,
	tagP:         plainBlock,
	tagParam:     propVoid,
	tagPlaintext: plainBlock,
	tagPre:       plainBlock,
	tagSection:   plainBlock,
	tagSelect:    propBlock | propSpecial,
	tagSource:    propVoid,
	tagSVG:       propBlock,
	tagTable:     plainBlock | propScope,
	tagTBody:     propBlock | propSpecial,
	tagTD:        propBlock | propSpecial | propScope,
	tagTemplate:  propBlock | propSpecial | propScope,
	tagTH:        propBlock | propSpecial | propScope,
	tagTHead:     propBlock | propSpecial,
	tagTR:        propBlock | propSpecial,
	tagTrack:     propVoid,
	tagUL:        plainBlock,
	tagVoid:      propVoid,
}

// tagOf maps names of elements to tags.
var tagOf = map[string]tag{
	"a": tagA, "area": tagArea, "audio": tagAudio, "base": tagBase, "body": tagBody, "br": tagBr,
	"button": tagButton, "caption": tagCaption, "datalist": tagDatalist, "dd": tagDD, "dialog": tagDialog,
	"div": tagDiv, "dt": tagDT, "embed": tagEmbed, "font": tagFont, "form": tagForm, "frame": tagFrame,
	"h1": tagH1, "h2": tagH1, "h3": tagH1, "h4": tagH1, "h5": tagH1, "h6": tagH1,
	"head": tagHead, "hr": tagHr, "html": tagHTML, "iframe": tagIframe, "img": tagImg, "image": tagImg,
	"input": tagInput, "li": tagLi, "link": tagLink, "marquee": tagMarquee, "math": tagMath, "meta": tagMeta,
	"noscript": tagNoscript, "object": tagObject, "applet": tagObject, "optgroup": tagOptgroup, "option": tagOption,
	"p": tagP, "param": tagParam, "plaintext": tagPlaintext, "pre": tagPre, "listing": tagPre,
	"noembed": tagRawText, "noframes": tagRawText, "xmp": tagRawText,
	"script": tagScript, "select": tagSelect, "source": tagSource, "span": tagSpan, "style": tagStyle,
	"svg": tagSVG, "table": tagTable, "tbody": tagTBody, "tfoot": tagTBody, "thead": tagTHead, "td": tagTD,
	"template": tagTemplate, "textarea": tagTextarea, "th": tagTH, "title": tagTitle, "tr": tagTR,
	"track": tagTrack, "ul": tagUL, "ol": tagUL, "menu": tagUL, "dir": tagUL, "dl": tagUL, "video": tagVideo,

	"b": tagInline, "big": tagInline, "code": tagInline, "em": tagInline, "i": tagInline, "nobr": tagInline,
	"s": tagInline, "small": tagInline, "strike": tagInline, "strong": tagInline, "tt": tagInline, "u": tagInline,

	"address": tagSection, "article": tagSection, "aside": tagSection, "blockquote": tagSection,
	"center": tagSection, "details": tagSection, "fieldset": tagSection, "figcaption": tagSection,
	"figure": tagSection, "footer": tagSection, "header": tagSection, "hgroup": tagSection, "legend": tagSection,
	"main": tagSection, "nav": tagSection, "search": tagSection, "section": tagSection, "summary": tagSection,
	"frameset": tagSection,

	"basefont": tagVoid, "bgsound": tagVoid, "col": tagVoid, "command": tagVoid, "keygen": tagVoid, "wbr": tagVoid,
}

// tagNames has the names of the tags that stand for one element only.
var tagNames = [numTags]string{
	tagA:         "a",
	tagArea:      "area",
	tagAudio:     "audio",
	tagBase:      "base",
	tagBody:      "body",
	tagBr:        "br",
	tagButton:    "button",
	tagCaption:   "caption",
	tagDatalist:  "datalist",
	tagDD:        "dd",
	tagDialog:    "dialog",
	tagDiv:       "div",
	tagDT:        "dt",
	tagEmbed:     "embed",
	tagFont:      "font",
	tagForm:      "form",
	tagFrame:     "frame",
	tagHead:      "head",
	tagHr:        "hr",
	tagHTML:      "html",
	tagIframe:    "iframe",
	tagInput:     "input",
	tagLi:        "li",
	tagLink:      "link",
	tagMarquee:   "marquee",
	tagMath:      "math",
	tagMeta:      "meta",
	tagNoscript:  "noscript",
	tagOptgroup:  "optgroup",
	tagOption:    "option",
	tagP:         "p",
	tagParam:     "param",
	tagPlaintext: "plaintext",
	tagScript:    "script",
	tagSelect:    "select",
	tagSource:    "source",
	tagSpan:      "span",
	tagStyle:     "style",
	tagSVG:       "svg",
	tagTable:     "table",
	tagTHead:     "thead",
	tagTD:        "td",
	tagTemplate:  "template",
	tagTextarea:  "textarea",
	tagTH:        "th",
	tagTitle:     "title",
	tagTR:        "tr",
	tagTrack:     "track",
	tagVideo:     "video",
}

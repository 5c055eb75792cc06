package weburl

import "strings"

// file is the file state; the crawler refuses file URLs, but a base or a link
// must still be understood to be one.
func (p *parser) file(in string) error {
	p.u.Scheme = "file"
	p.u.Host, p.u.hasHost = "", true
	p.special = true
	fileBase := p.base != nil && p.base.Scheme == "file"
	switch {
	case p.isSlash(in):
		return p.fileSlash(in[1:], fileBase)
	case fileBase:
		p.copyBase(true)
		p.afterBasePath(in, !startsWithDrive(in))
		return nil
	}
	p.path(in)
	return nil
}

func (p *parser) fileSlash(in string, fileBase bool) error {
	if p.isSlash(in) {
		return p.fileHost(in[1:])
	}
	if fileBase {
		p.u.Host = p.base.Host
		if bp := p.base.Path; !startsWithDrive(in) && len(bp) >= 3 && isAlpha(bp[1]) && bp[2] == ':' && (len(bp) == 3 || bp[3] == '/') {
			p.u.Path = bp[:3]
		}
	}
	p.path(in)
	return nil
}

func (p *parser) fileHost(in string) error {
	end := strings.IndexAny(in, `/\?#`)
	if end < 0 {
		end = len(in)
	}
	host := in[:end]
	if isDriveLetter(host) {
		p.path(in)
		return nil
	}
	if host != "" {
		h, err := parseHost(host, true)
		if err != nil {
			return err
		}
		if h != "localhost" {
			p.u.Host = h
		}
	}
	p.pathStart(in[end:])
	return nil
}

func isDriveLetter(s string) bool {
	return len(s) == 2 && isAlpha(s[0]) && (s[1] == ':' || s[1] == '|')
}

func startsWithDrive(s string) bool {
	return len(s) >= 2 && isDriveLetter(s[:2]) && (len(s) == 2 || strings.IndexByte(`/\?#`, s[2]) >= 0)
}

package dictionaries

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

//go:embed rules data
var shipped embed.FS

// Shipped returns the dictionaries that travel inside the binary.
func Shipped() Source { return Source{Name: "shipped", FS: shipped} }

// maxFile bounds a dictionary or term file, so that a wrong path cannot fill
// the memory.
const maxFile = 256 << 20

// Source is a folder of dictionary files: every *.yaml and *.yml in it and
// below it, in the order of their paths.
type Source struct {
	Name string // shown in errors: a folder's path
	FS   fs.FS
}

// Config of Load. The zero value loads what is shipped.
type Config struct {
	// NoShipped leaves the shipped rules out; their lists and data stay.
	NoShipped bool

	// Overlays are a unit's own folders, in order: they add rules, replace
	// rules of the same id whole, and disable rules.
	Overlays []Source

	// Key opens term files that are encrypted at rest (*.age): age secret
	// keys, one a line, or a passphrase.
	Key []byte
}

// Load reads the shipped dictionaries and the overlays. The error, if any, is
// an Errors with everything that is wrong, not only the first thing.
func Load(cfg Config) (*Set, error) {
	l := &loader{cfg: cfg, lists: map[string]list{}, byID: map[string]*Rule{}}
	base := Shipped()
	if !cfg.NoShipped {
		l.source(base, false)
	}
	for _, o := range cfg.Overlays {
		if o.FS == nil {
			return nil, fmt.Errorf("load dictionaries: overlay %q has no folder", o.Name)
		}
		l.source(o, true)
	}
	l.finish()
	if len(l.errs) > 0 {
		return nil, l.errs
	}
	return l.set(base.FS)
}

// LoadOnly reads one folder and nothing else, with the shipped lists and data
// at hand: for `dict lint` of a folder and for tests of rules.
func LoadOnly(src Source, key []byte) (*Set, error) {
	return Load(Config{NoShipped: true, Overlays: []Source{src}, Key: key})
}

// named returns a list. Without the shipped rules the shipped lists are still
// at hand; they are read when one is asked for.
func (l *loader) named(name string) (list, bool) {
	if found, ok := l.lists[name]; ok || !l.cfg.NoShipped {
		return found, ok
	}
	if l.base == nil {
		l.base = &loader{lists: map[string]list{}, byID: map[string]*Rule{}}
		l.base.source(Shipped(), false) // what is wrong there is not this folder's fault
	}
	found, ok := l.base.lists[name]
	return found, ok
}

// list is a named list and where it was written.
type list struct {
	terms []string
	at    place
}

// place is where something stands in the dictionary files.
type place struct {
	file string
	line int
	rule string
}

// loader gathers everything before the rules are put together, because lists
// may be used before the file that defines them is read.
type loader struct {
	cfg    Config
	lists  map[string]list
	byID   map[string]*Rule
	files  []FileInfo
	errs   Errors
	hashes []string
	base   *loader // of the shipped lists, see named
}

func (l *loader) fail(at place, field, format string, args ...any) {
	if len(l.errs) < 200 {
		l.errs = append(l.errs, &Error{File: at.file, Line: at.line, Rule: at.rule, Field: field, Msg: fmt.Sprintf(format, args...)})
	}
}

// source reads every dictionary file of a folder.
func (l *loader) source(src Source, overlay bool) {
	var names []string
	err := fs.WalkDir(src.FS, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		// Hidden entries are editors' copies, and in a volume of Kubernetes the
		// folder that the visible names are links into.
		if p != "." && strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.IsDir() && (strings.HasSuffix(p, ".yaml") || strings.HasSuffix(p, ".yml")) {
			names = append(names, p)
		}
		return nil
	})
	if err != nil {
		l.fail(place{file: src.Name}, "", "read folder: %v", err)
		return
	}
	if overlay && len(names) == 0 {
		l.fail(place{file: src.Name}, "", "no *.yaml file in this folder")
	}
	slices.Sort(names)
	seen := map[string]*Rule{}
	for i, f := range decodeAll(src.FS, names) {
		l.file(src, names[i], f, overlay, seen)
	}
}

// file takes in one dictionary file. seen holds the ids of the same source: an
// overlay may replace the rules of another source, not its own.
func (l *loader) file(src Source, name string, in decoded, overlay bool, seen map[string]*Rule) {
	shown := name
	if src.Name != "shipped" {
		shown = path.Join(src.Name, name)
	}
	at := place{file: shown}
	if in.unread != nil {
		l.fail(at, "", "%v", in.unread)
		return
	}
	data, f := in.data, in.file
	l.hashes = append(l.hashes, shown, digest(data))
	if err := in.err; err != nil {
		l.fail(place{file: shown, line: lineOf(err)}, "", "%s", messageOf(err))
		return
	}
	if f.Dictionary == "" {
		l.fail(at, "dictionary", "is missing: give the dictionary a name")
	}
	lines := &lines{data: data}
	for n, terms := range f.Lists {
		p := place{file: shown}
		if !listName.MatchString(n) {
			p.line = lines.list(n)
			l.fail(p, "lists", "%q is no name for a list: want lower case letters, digits, _ and -", n)
		}
		if old, ok := l.lists[n]; ok && !overlay {
			p.line = lines.list(n)
			l.fail(p, "lists", "list %q is already defined in %s", n, old.at.file)
		}
		l.lists[n] = list{terms, p}
	}
	for i := range f.Rules {
		r := &f.Rules[i]
		r.source = source{fs: src.FS, dir: path.Dir(name), lines: lines, index: i, name: f.Dictionary,
			place: place{file: shown, rule: r.ID}}
		if first, ok := seen[r.ID]; ok && r.ID != "" {
			file, line := first.Origin()
			l.failField(r, "id", "rule %q is already defined in %s:%d", r.ID, file, line)
			continue
		}
		seen[r.ID] = r
		l.byID[r.ID] = r
	}
	if len(f.Disable) > 0 && !overlay {
		l.fail(at, "disable", "only overlays may disable rules")
	}
	for _, d := range f.Disable {
		l.disable(at, d)
	}
	l.files = append(l.files, FileInfo{Name: f.Dictionary, Path: shown, Title: f.Title, Rules: len(f.Rules)})
}

func (l *loader) disable(at place, pattern string) {
	prefix, wild := strings.CutSuffix(pattern, ".*")
	found := false
	for id := range l.byID {
		if id == pattern || wild && strings.HasPrefix(id, prefix+".") {
			delete(l.byID, id)
			found = true
		}
	}
	if !found {
		l.fail(at, "disable", "no rule %q to disable", pattern)
	}
}

// finish checks and completes every rule, in the order of their ids.
func (l *loader) finish() {
	ids := make([]string, 0, len(l.byID))
	for id := range l.byID {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		r := l.byID[id]
		l.expandRule(r)
		l.check(r)
	}
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("file of %d bytes is larger than %d", info.Size(), maxFile)
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return data, nil
}

// decode is strict, and turns a panic of the YAML library on strange input
// into an error.
func decode(data []byte, into any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not YAML: %v", r)
		}
	}()
	return yaml.UnmarshalWithOptions(data, into, yaml.Strict())
}

func lineOf(err error) int {
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil && y.GetToken().Position != nil {
		return y.GetToken().Position.Line
	}
	return 0
}

func messageOf(err error) string {
	var y yaml.Error
	msg := err.Error()
	if errors.As(err, &y) {
		msg = y.GetMessage()
	}
	msg, _, _ = strings.Cut(msg, "\n")
	return msg
}

// lines knows on which line the parts of a file begin. The file is parsed
// once more when somebody asks: that is, when something is wrong with it.
type lines struct {
	data  []byte
	once  sync.Once
	lists map[string]int
	rules []*ast.MappingNode
}

func (l *lines) parse() {
	defer func() { _ = recover() }() // positions are a comfort, not worth an error
	l.lists = map[string]int{}
	file, err := parser.ParseBytes(l.data, 0)
	if err != nil || len(file.Docs) == 0 {
		return
	}
	root, ok := file.Docs[0].Body.(*ast.MappingNode)
	if !ok {
		return
	}
	for _, v := range root.Values {
		switch seq := v.Value.(type) {
		case *ast.SequenceNode:
			if v.Key.String() != "rules" {
				continue
			}
			for _, n := range seq.Values {
				m, _ := n.(*ast.MappingNode)
				l.rules = append(l.rules, m)
			}
		case *ast.MappingNode:
			if v.Key.String() == "lists" {
				for _, e := range seq.Values {
					l.lists[e.Key.String()] = e.Key.GetToken().Position.Line
				}
			}
		}
	}
}

func (l *lines) list(name string) int {
	l.once.Do(l.parse)
	return l.lists[name]
}

func (l *lines) rule(i int) int {
	l.once.Do(l.parse)
	if i >= len(l.rules) || l.rules[i] == nil || len(l.rules[i].Values) == 0 {
		return 0
	}
	return l.rules[i].Values[0].Key.GetToken().Position.Line
}

// field returns the line of a field of rule i, given as match.terms; where it
// is not written, that of the nearest part that is.
func (l *lines) field(i int, field string) int {
	line := l.rule(i)
	if i >= len(l.rules) || l.rules[i] == nil {
		return line
	}
	var node ast.Node = l.rules[i]
	for _, key := range strings.Split(field, ".") {
		m, ok := node.(*ast.MappingNode)
		if !ok {
			return line
		}
		node = nil
		for _, v := range m.Values {
			if v.Key.String() == key {
				line, node = v.Key.GetToken().Position.Line, v.Value
			}
		}
	}
	return line
}

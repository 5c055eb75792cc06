package main

import (
	"fmt"
	"slices"

	"prescreen/internal/report"
)

// ReportConfig says how reports look.
type ReportConfig struct {
	// Templates are DOCX files by form, in place of the built-in ones.
	Templates map[string]string `yaml:"templates"`
}

func (c *ReportConfig) validate() (field string, err error) {
	for form := range c.Templates {
		if !slices.Contains(report.Forms(), report.Form(form)) {
			return "report.templates." + form, fmt.Errorf("%q is no form: use inspection, rectification or review", form)
		}
	}
	return "", nil
}

func (c *ReportConfig) resolvePaths(dir string) {
	for form, path := range c.Templates {
		c.Templates[form] = under(dir, path)
	}
}

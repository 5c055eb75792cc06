package main

import (
	"github.com/spf13/cobra"
)

func (a *app) dictCommand() *cobra.Command {
	return &cobra.Command{Use: "dict"}
}
func (a *app) workerCommand() *cobra.Command {
	return &cobra.Command{Use: "document-worker", Hidden: true}
}
func (e *engine) printStats(any) {}

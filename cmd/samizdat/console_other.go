//go:build !windows

package main

// holdConsole has nothing to do: outside Windows no window closes with us.
func holdConsole(int) {}

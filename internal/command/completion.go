package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// shells that cobra writes completion scripts for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// completionVerb is "completion SHELL".
func completionVerb(root *cobra.Command) *cobra.Command {
	name := root.Name()
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "print the script that completes verbs and flags in a shell",
		Long: `Prints a script for bash, zsh, fish or powershell. Loaded by the shell, it completes
verbs, flags and file names when Tab is pressed. The script asks ` + name + ` itself,
so it need not be renewed with every version.`,
		Example: fmt.Sprintf(`  source <(%[1]s completion bash)
  %[1]s completion zsh >"${fpath[1]}/_%[1]s"
  %[1]s completion fish >~/.config/fish/completions/%[1]s.fish
  %[1]s completion powershell | Out-String | Invoke-Expression`, name),
		Args:      Args("SHELL"),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			w := cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(w, true)
			case "zsh":
				return root.GenZshCompletion(w)
			case "fish":
				return root.GenFishCompletion(w, true)
			case "powershell", "pwsh":
				return root.GenPowerShellCompletionWithDesc(w)
			}
			hint := name + " completion " + strings.Join(shells, "|")
			if s := Closest(args[0], shells); s != "" {
				hint = Sprintf("did you mean %q?", name+" completion "+s)
			}
			return Usagef(hint, "no completion for a shell named %q", args[0])
		},
	}
}

package ytdlp

import (
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// arguments are those for one film. ref stands behind --, so that no address is read as a flag.
func (p *Program) arguments(ref, proxy, cookies string) []string {
	args := []string{
		"--ignore-config", "--no-cache-dir", // nothing of the editor's own; for plugins see environment
		"--proxy", proxy, "--socket-timeout", "60",
		"--no-geo-bypass", // it would say that it asks from elsewhere
		"--no-playlist", "--playlist-items", "1",
		"--match-filters", "!is_live & live_status!=?is_upcoming",
		"--downloader", "native", // others would go to the web by ways of their own
		"--max-filesize", strconv.FormatInt(p.MaxBytes, 10),
		"--ignore-errors",                  // of captions and pictures; a film is there or not
		"--abort-on-unavailable-fragments", // it would leave holes
		"--no-progress", "--no-mtime",
		"--output", filmStem + ".%(ext)s",
		"--write-info-json", "--write-thumbnail",
		"--write-subs", "--sub-langs", "all,-live_chat", "--sub-format", "vtt",
		"--format-sort", "res:720,vcodec:h264,acodec:aac", // what every browser plays, at a size that fits on a stick
	}
	if p.FFmpeg {
		args = append(args, "--format", "bv*+ba/b", "--merge-output-format", "mp4/webm")
	} else {
		args = append(args, "--format", "b")
	}
	if cookies != "" {
		args = append(args, "--cookies", cookies)
	}
	return append(args, "--", ref)
}

// passed are the variables that yt-dlp gets: what a program and its interpreter need to be found and to run.
var passed = []string{
	"PATH", "HOME", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONUSERBASE", "VIRTUAL_ENV", "PYENV_ROOT", "PYENV_VERSION",
	"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES",
}

// environment is what yt-dlp gets of ours, with temp as the folder for what it, or what it starts, puts aside.
func environment(ours []string, temp, proxy string) []string {
	var env []string
	for _, v := range ours {
		name, _, _ := strings.Cut(v, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		if slices.Contains(passed, name) {
			env = append(env, v)
		}
	}
	env = append(env,
		"YTDLP_NO_PLUGINS=1", "PYTHONDONTWRITEBYTECODE=1", "PYTHONIOENCODING=utf-8", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC",
		"XDG_CONFIG_HOME="+temp, "XDG_CACHE_HOME="+temp, "TMPDIR="+temp, "TMP="+temp, "TEMP="+temp,
	)
	if proxy != "" { // for what it starts
		for _, name := range []string{"http_proxy", "https_proxy", "all_proxy"} {
			env = append(env, name+"="+proxy)
		}
	}
	return env
}

#!/bin/sh
# Starts the archive on this stick.
#
#   sh start.sh
#
# Some computers do not let programs start from a stick. The program is then copied to a folder of your own, started
# there, and the copy is removed when the program ends; SAMIZDAT_STICK tells it where the stick is. Nothing else is
# written. Arguments go to the program: sh start.sh verify
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
say() { printf '%s\n' "start.sh: $*" >&2; }

case $(uname -m) in
x86_64 | amd64) arch=amd64 ;;
i?86) arch=386 ;;
aarch64 | arm64) arch=arm64 ;;
arm*) arch=arm ;;
riscv64) arch=riscv64 ;;
*) arch=$(uname -m) ;;
esac
case $(uname -s) in
Darwin) program=samizdat-macos-$arch.command ;;
*)
	program=samizdat-linux-$arch.com
	if [ "$(uname -o 2>/dev/null)" = Android ]; then
		program=samizdat-android-$arch
	elif [ "$arch" = amd64 ] && [ ! -f "$here/$program" ] && [ -f "$here/samizdat-linux-386.com" ]; then
		program=samizdat-linux-386.com
	fi
	;;
esac
if [ ! -f "$here/$program" ]; then
	say "there is no $program here. Open START-HERE.html in a browser, or use the app Kiwix."
	exit 1
fi

# What to open: every archive beside the program; a cut one by its first part.
if [ $# = 0 ]; then
	set -- serve
	for file in "$here"/*.zim "$here"/*.zimaa; do
		if [ -f "$file" ]; then set -- "$@" "$file"; fi
	done
else
	for file in "$here"/*.zim "$here"/*.zimaa; do
		if [ -f "$file" ]; then
			set -- --archive "$file" "$@"
			break
		fi
	done
fi

if "$here/$program" version >/dev/null 2>&1; then
	exec "$here/$program" "$@"
fi

umask 077
copy=
clean() { [ -z "$copy" ] || rm -rf -- "$copy"; }
trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
for folder in "${XDG_RUNTIME_DIR-}" "${HOME-}/tmp" "${TMPDIR-}" /tmp "${HOME-}"; do
	[ -n "$folder" ] && [ -d "$folder" ] && [ -w "$folder" ] || continue
	copy=$(mktemp -d "$folder/samizdat.XXXXXX" 2>/dev/null) || { copy=; continue; }
	if cp -- "$here/$program" "$copy/samizdat" 2>/dev/null && chmod 700 "$copy/samizdat" && "$copy/samizdat" version >/dev/null 2>&1; then
		SAMIZDAT_STICK=$here "$copy/samizdat" "$@"
		exit
	fi
	clean
	copy=
done
say "no folder was found that a program may be started from. Open START-HERE.html in a browser."
exit 1

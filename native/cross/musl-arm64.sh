#!/bin/sh
# Unpacks Debian's musl for arm64, where this system's packages are not of that processor: apt is
# asked with lists of its own, and nothing is installed.
#
#   musl-arm64.sh FOLDER    FOLDER holds it afterwards; one that is there is kept
#
# Exit: 0 it is there, 1 it could not be had.
set -eu

specs=/usr/lib/x86_64-linux-musl/musl-gcc.specs
folder=$1
[ ! -e "$folder/musl-gcc.specs" ] || exit 0
[ -e "$specs" ] || {
	echo "musl-arm64.sh: no $specs; it is in the package musl-tools" >&2
	exit 1
}
rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
folder=$(cd "$folder" && pwd)
cat >"$folder/apt/conf" <<EOF
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Dir::State::lists "$folder/apt/lists";
Dir::Cache "$folder/apt/cache";
Dir::State::status "/dev/null";
EOF
export APT_CONFIG="$folder/apt/conf"
cd "$folder/apt"
apt-get update -qq
apt-get download -qq musl musl-dev
for package in *.deb; do
	dpkg -x "$package" "$folder"
done
# The package has the shared library in /lib and the rest in /usr/lib, which are one folder elsewhere.
if [ -e "$folder/lib" ] && [ ! -L "$folder/lib" ]; then
	cp -a "$folder/lib/." "$folder/usr/lib/"
	rm -rf "${folder:?}/lib"
	ln -s usr/lib "$folder/lib"
fi
rm -rf "$folder/apt"
sed -e "s|/usr/include/x86_64-linux-musl|$folder/usr/include/aarch64-linux-musl|g" \
	-e "s|/usr/lib/x86_64-linux-musl|$folder/usr/lib/aarch64-linux-musl|g" \
	-e 's|ld-musl-x86_64|ld-musl-aarch64|g' "$specs" >"$folder/musl-gcc.specs"

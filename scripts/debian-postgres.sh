#!/bin/sh
# Unpacks PostgreSQL of a Debian release, with all libraries it needs, into a folder, and prints the folder of its programs. They
# run on any other Debian; nothing is installed, and root is not needed:
#
#   scripts/debian-postgres.sh trixie 17 /tmp/postgres-17
#   TEST_POSTGRES=$(scripts/debian-postgres.sh trixie 17 /tmp/postgres-17) npx vitest run --project unit test/server/store
#
# A folder that has it already is left as it is.
set -eu
suite=$1
version=$2
folder=$3
bin=$folder/usr/lib/postgresql/$version/bin
[ ! -e "$folder/complete" ] || { echo "$bin"; exit 0; }

# A package manager of its own, which knows of no installed package, so that it fetches all of them.
apt=$folder/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/etc/apt.conf.d" "$apt/etc/preferences.d"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main" >"$apt/etc/sources.list"
: >"$apt/status"
manager() {
  apt-get -q -o Dir::Etc="$apt/etc" -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
    -o Dir::Cache="$apt/cache" -o APT::Sandbox::User= -o Debug::NoLocking=1 -o Acquire::Languages=none \
    -o APT::Install-Recommends=0 "$@" >&2
}
manager update
manager install --download-only --yes "postgresql-$version"
for package in "$apt"/cache/archives/*.deb; do
  case ${package##*/} in
    # The compiler for queries is left out: it is most of the size, and PostgreSQL works without it.
    libllvm* | libz3* | libperl*) ;;
    lib* | postgresql-"$version"_* | postgresql-client-"$version"_*) dpkg-deb --extract "$package" "$folder" ;;
  esac
done
rm -rf "$apt" "$folder/usr/lib/postgresql/$version/lib/"llvmjit* "$folder/usr/lib/postgresql/$version/lib/bitcode"

# Each program is started with the C library it was built for. By the name in front it finds the others and its data.
libraries=$(find "$folder/usr/lib" -name libc.so.6 -exec dirname {} \;)
loader=$(find "$folder/usr/lib" -name 'ld-linux*' | head -n 1)
mkdir "$bin/programs"
for program in "$bin"/*; do
  [ -f "$program" ] || continue
  mv "$program" "$bin/programs/"
  cat >"$program" <<END
#!/bin/sh
exec "$loader" --library-path "$libraries" --argv0 "\$0" "$bin/programs/${program##*/}" "\$@"
END
  chmod 755 "$program"
done
: >"$folder/complete"
echo "$bin"

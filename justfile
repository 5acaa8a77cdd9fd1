# Recipes for developers of ipxegen. `just` lists them. `just ci` runs everything that CI runs, and checks the dependencies.

_default:
    @just --list

# The tests, without the boot lab
[group('test')]
test *args:
    cargo test --lib --bins --test suite --test cases {{ args }}

# Boots real firmware with the rendered files; needs the packages that tests/run installs
[group('test')]
lab *args:
    cargo test --test lab -- --test-threads=$((2 * $(nproc))) {{ args }}

# Makes the pictures of the examples' menus in docs/
[group('test')]
pictures:
    IPXEGEN_LAB_PICTURES=docs cargo test --test lab -- --test-threads=1 bios_to_the_menu

# Rewrites the expected output of the tests; review the diff before you commit it
[group('test')]
golden:
    UPDATE=1 cargo test --test suite --test cases
    git diff --stat

# Measures time and memory; all sizes take minutes, so name some: `just bench 10 1000 100000`
[group('test')]
bench *sizes:
    cargo bench --bench scale -- {{ sizes }}

# Checks formatting and lints
[group('check')]
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

# Builds the documentation of the crate
[group('check')]
doc:
    RUSTDOCFLAGS='-D warnings' cargo doc --no-deps

# Builds the documentation as a book into target/book; needs mdbook
[group('check')]
book:
    mdbook build

# Checks licences and sources of the dependencies, and banned crates
[group('check')]
deny:
    cargo deny --all-features check bans licenses sources

# Runs everything
ci: deny
    tests/run

# Feeds random texts to a target of fuzz/fuzz_targets (site, scanner, or a language); needs cargo-fuzz
[group('test')]
fuzz target='site' seconds='300': (corpus target)
    RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none {{ target }} fuzz/inputs/{{ target }} \
        {{ if target =~ 'site|scanner' { 'examples tests/cases tests/rules' } else { '' } }} \
        -- -max_total_time={{ seconds }} -max_len=4096

# Unpacks the kept inputs of a fuzz target into fuzz/inputs
[private]
corpus target:
    mkdir -p fuzz/inputs/{{ target }}
    if [ -f fuzz/corpus/{{ target }}.tar.gz ]; then tar -C fuzz/inputs -xzf fuzz/corpus/{{ target }}.tar.gz; fi

# Keeps the smallest set of a fuzz target's inputs that covers the same code
[group('test')]
keep target:
    RUSTC_BOOTSTRAP=1 cargo fuzz cmin --sanitizer none {{ target }} fuzz/inputs/{{ target }}
    tar -C fuzz/inputs --sort=name --mtime=@0 --owner=0 --group=0 -czf fuzz/corpus/{{ target }}.tar.gz {{ target }}

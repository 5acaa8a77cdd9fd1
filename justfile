# Recipes for those who work on ipxegen. `just` lists them; `just ci` is all that CI runs, and the supply chain.

_default:
    @just --list

# The tests, without the boot lab
[group('test')]
test *args:
    cargo test --lib --bins --test suite --test cases {{ args }}

# Boots real firmware with what we render; needs the packages that tests/run installs
[group('test')]
lab *args:
    cargo test --test lab -- --test-threads=$((2 * $(nproc))) {{ args }}

# The pictures of the examples' menus in docs/
[group('test')]
pictures:
    IPXEGEN_LAB_PICTURES=docs cargo test --test lab -- --test-threads=1 bios_to_the_menu

# Rewrites the golden trees; look at the diff before you commit it
[group('test')]
golden:
    UPDATE=1 cargo test --test suite --test cases
    git diff --stat

# How time and memory grow with the hosts; all sizes take minutes: `just bench 10 1000 100000`
[group('test')]
bench *sizes:
    cargo bench --bench scale -- {{ sizes }}

# Formatting and lints
[group('check')]
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

# The documentation of the crate
[group('check')]
doc:
    RUSTDOCFLAGS='-D warnings' cargo doc --no-deps

# Licences, banned crates, sources
[group('check')]
deny:
    cargo deny --all-features check bans licenses sources

# Everything
ci: deny
    tests/run

# Feeds a target of fuzz/fuzz_targets (site, scanner, or a language) with what nobody would write; needs cargo-fuzz
[group('test')]
fuzz target='site' seconds='300': (corpus target)
    RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none {{ target }} fuzz/inputs/{{ target }} \
        {{ if target =~ 'site|scanner' { 'examples tests/cases tests/rules' } else { '' } }} \
        -- -max_total_time={{ seconds }} -max_len=4096

# Unpacks what earlier runs of a fuzz target kept, into fuzz/inputs
[private]
corpus target:
    mkdir -p fuzz/inputs/{{ target }}
    if [ -f fuzz/corpus/{{ target }}.tar.gz ]; then tar -C fuzz/inputs -xzf fuzz/corpus/{{ target }}.tar.gz; fi

# Keeps of what a fuzz target has collected the least that reaches as far
[group('test')]
keep target:
    RUSTC_BOOTSTRAP=1 cargo fuzz cmin --sanitizer none {{ target }} fuzz/inputs/{{ target }}
    tar -C fuzz/inputs --sort=name --mtime=@0 --owner=0 --group=0 -czf fuzz/corpus/{{ target }}.tar.gz {{ target }}

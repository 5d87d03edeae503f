# espial. What to type: make, make demo, make check, make install.
#
# Paths and tools can be overridden; CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS are the user's and come
# last. V=1 shows commands, WERROR= lets warnings pass, SAN=1 builds with sanitizers in build/san.

VERSION := 0.1.0
SONAME  := libespial.so.0

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
DESTDIR    ?=

CFLAGS     ?= -O2 -g
WERROR     ?= -Werror
INSTALL    ?= install
PKG_CONFIG ?= pkg-config
FUZZ_CC    ?= clang
JOBS       ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
Q          := $(if $(V),,@)

MAKEFLAGS += --no-print-directory

# A variant is a folder below build/ and its flags. (ifdef, as $(if) would split at the comma.)
out := build
ifdef SAN
out     := build/san
SUITES  ?= unit golden hostile survive referee
variant := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifdef COVERAGE
out     := build/coverage
variant := --coverage -fprofile-update=atomic
endif
ifdef FUZZ
override CC := $(FUZZ_CC)
out     := build/fuzz
variant := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
endif

packages   := libpcap zlib libzstd libcrypto ncursesw
pkg_cflags := $(shell $(PKG_CONFIG) --cflags $(packages) 2>/dev/null)
pkg_libs   := $(shell $(PKG_CONFIG) --libs $(packages) 2>/dev/null)
libs       := $(if $(pkg_libs),$(pkg_libs),-lpcap -lz -lzstd -lcrypto -lncursesw)

# What the command alone needs. Of the unit tests few do: they are not to load all of it.
comma      := ,
cli_libs   := $(if $(filter Linux,$(shell uname -s)),-Wl$(comma)--as-needed -lseccomp -ldl)

# What makes a fault in a parser hard to use. The sanitizers of the other variants see more.
ifeq ($(variant)$(shell uname -s),Linux)
optimized  := $(filter -O1 -O2 -O3 -Os,$(CFLAGS))
hardening  := -fstack-protector-strong -fstack-clash-protection \
              $(if $(optimized),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
hard_link  := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
hard_pie   := -pie
endif

warnings   := -Wall -Wextra -Wshadow -Wconversion $(WERROR)
own_cflags := -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DES_VERSION=\"$(VERSION)\" \
              -Iinclude -fPIC -pthread -MMD -MP \
              $(warnings) $(hardening) $(variant) $(pkg_cflags)
compile     = $(CC) $(own_cflags) $(CPPFLAGS) $(CFLAGS)
link        = $(CC) -pthread $(variant) $(hard_link) $(CFLAGS) $(LDFLAGS)
soname     := -Wl,$(if $(filter Darwin,$(shell uname -s)),-install_name,-soname),$(SONAME)

lib_src   := $(sort $(filter-out src/cli/%,$(wildcard src/*/*.c)))
cli_src   := $(sort $(wildcard src/cli/*.c))
help_src  := $(sort $(wildcard tests/lib/*.c))
unit_src  := $(sort $(wildcard tests/unit/*/test_*.c))
fuzz_src  := $(sort $(wildcard tests/fuzz/fuzz_*.c))
bench_src := $(sort $(wildcard tests/bench/*.c))
sweep_src := $(sort $(wildcard tests/mutate/*.c))
all_src   := $(lib_src) $(cli_src) $(help_src) $(unit_src) $(fuzz_src) $(bench_src) $(sweep_src)
object     = $(patsubst %.c,$(out)/%.o,$(1))
asset_src := $(sort $(wildcard src/report/html/*.html src/report/html/*.css src/report/html/*.js))
assets    := $(out)/src/report/html_assets.o
archive   := $(out)/libespial.a
units     := $(unit_src:%.c=$(out)/%)
fuzzers   := $(fuzz_src:%.c=$(out)/%)
benches   := $(bench_src:%.c=$(out)/%)

# What `make demo` looks at: a tunnel whose ESP comes back no more.
DEMO ?= $(firstword $(wildcard pcaps/esp-one-way-raw.pcap* pcaps/*.pcap*))

# The manual and the completions: src/cli/espial.*.in, filled by the command from its tables.
texts := $(patsubst src/cli/%.in,$(out)/%,$(sort $(wildcard src/cli/espial.*.in)))

all: $(archive) $(out)/$(SONAME) $(out)/espial $(texts)

$(archive): $(call object,$(lib_src)) $(assets) $(out)/sources
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(out)/$(SONAME): $(call object,$(lib_src)) $(assets) $(out)/sources
	$(Q)$(link) -shared $(soname) -o $@ $(filter %.o,$^) $(libs) $(LDLIBS)

$(out)/espial: $(call object,$(cli_src)) $(archive) $(out)/sources
	$(Q)$(link) $(hard_pie) -o $@ $(filter %.o %.a,$^) $(libs) $(cli_libs) $(LDLIBS)

$(texts): $(out)/%: src/cli/%.in $(out)/espial
	$(Q)$(out)/espial describe <$< >$@

$(units): %: %.o $(call object,$(help_src)) $(archive)
	$(Q)$(link) -o $@ $(filter %.o %.a,$^) -lcmocka -ljansson $(libs) $(cli_libs) $(LDLIBS)

$(fuzzers): %: %.o $(archive)
	$(Q)$(link) -fsanitize=fuzzer -o $@ $(filter %.o %.a,$^) $(libs) $(LDLIBS)

$(out)/tests/mutate/sweep: $(call object,$(sweep_src)) $(archive)
	$(Q)$(link) -o $@ $^ $(libs) $(LDLIBS)

# A library that makes allocations fail, and the command with that built in, for sanitizers.
faults := $(out)/tests/faults
$(faults)/fail.so: tests/faults/fail.c $(out)/flags
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(warnings) $(CFLAGS) -shared -fPIC -o $@ $<

wrapped := malloc calloc realloc strdup strndup
$(faults)/espial: $(call object,$(cli_src)) $(archive) tests/faults/fail.c
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) -DWRAP $(wrapped:%=-Wl,--wrap=%) -o $@ $(filter %.o %.a %.c,$^) $(libs) $(cli_libs) $(LDLIBS)

$(benches): %: %.o
	$(Q)$(link) -o $@ $^ $(LDLIBS)

$(out)/%.o: %.c $(out)/flags
	$(Q)mkdir -p $(@D)
	$(if $(V),,@echo '  cc $<')
	$(Q)$(compile) $(scope) -c -o $@ $<

# The report's templates become bytes of the library.
$(assets:.o=.c): src/report/html/embed.sh $(asset_src) $(out)/sources
	$(Q)mkdir -p $(@D)
	$(Q)src/report/html/embed.sh $(asset_src) >$@

$(assets): %.o: %.c $(out)/flags
	$(Q)$(compile) -Isrc/report -c -o $@ $<

# The C library's calendar past 2038, where it has 32 bits for that by default. In these files alone:
# libpcap's own times have the bits that it was built with.
calendar := src/base/time.c src/copy/moment.c
$(call object,$(calendar)): scope = -D_TIME_BITS=64

# A unit test sees the private headers of its room, and all tests see the helpers.
$(out)/tests/%.o: scope = -Itests/lib $(patsubst tests/unit/%/,-Isrc/%,$(filter tests/unit/%,$(dir $<)))

# Rewritten only when the text changed: new flags rebuild, a removed source leaves the archive.
$(out)/flags:   text = $(compile)
$(out)/sources: text = $(lib_src) $(cli_src) $(asset_src)
$(out)/flags $(out)/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(text)' | cmp -s - $@ || printf '%s\n' '$(text)' >$@

units:   $(units)
fuzzers: $(fuzzers)

# All processors, unless the user said how many.
parallel = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

# After deps a make of its own looks for the libraries once more: they may have just come.
deps:
	@tests/deps check

demo:
	@tests/deps demo
	@$(MAKE) $(parallel) all
	@$(out)/espial $(DEMO) || test $$? -eq 1

# What a make below a test gets of this one's command line: CC=clang, but no share of its jobs.
passed_on = $(filter-out -j% --jobserver%,$(MAKEFLAGS))

# A unit test that does not compile is one that fails; the others run.
check:
	@tests/deps check
	@$(MAKE) $(parallel) all
	@$(MAKE) $(parallel) --keep-going units || true
	@BUILD=$(out) JOBS=$(JOBS) MAKE='$(MAKE)' MAKEFLAGS='$(passed_on)' tests/run $(SUITES)

unit: $(units)
	@BUILD=$(out) tests/unit/run

golden: all
	@BUILD=$(out) $$(tests/lib/python) tests/golden/run.py

fuzz:
	@tests/fuzz/run $(or $(SECONDS),60)

mutate:
	@tests/mutate/run $(or $(ROUNDS),0) $(SEED)

faults: all
	@tests/faults/run $(or $(RUNS),0)

cross: all
	@tests/cross/run

coverage:
	@$(MAKE) $(parallel) COVERAGE=1 all units
	@BUILD=build/coverage tests/coverage $(if $(FILES),--files)

# The gate asks the analyzers that take seconds; this adds clang's, which takes minutes.
static: all
	@BUILD=$(out) tests/check/static.sh --deep

bench: all $(benches)
	@BUILD=$(out) $$(tests/lib/python) tests/bench/run.py $(BENCH)

lab:
	@tests/deps lab
	@tests/lab/all

# espial watch while faults come and go.
lab-watch: all
	@tests/deps lab
	@BUILD=$(out) tests/lab/watch

format:
	clang-format -i $$(tests/check/format.sh --list)

define pc
prefix=$(PREFIX)
libdir=$(LIBDIR)
includedir=$(INCLUDEDIR)

Name: espial
Description: Diagnoses IPsec tunnels from packet captures
Version: $(VERSION)
Libs: -L$${libdir} -lespial
Libs.private: $(libs) -pthread
Cflags: -I$${includedir}
endef
export pc

# What goes below share/, each as file=place.
shared = $(out)/espial.1=$(MANDIR)/man1/espial.1 \
         $(out)/espial.bash=$(DATADIR)/bash-completion/completions/espial \
         $(out)/espial.zsh=$(DATADIR)/zsh/site-functions/_espial \
         $(out)/espial.fish=$(DATADIR)/fish/vendor_completions.d/espial.fish \
         tests/golden/espial.schema.json=$(DATADIR)/espial/espial.schema.json

doors = $(patsubst include/%,%,$(sort $(wildcard include/espial/*.h include/espial/*/*)))

install: all
	$(INSTALL) -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(LIBDIR)/pkgconfig'
	$(INSTALL) -m 755 $(out)/espial '$(DESTDIR)$(BINDIR)/espial'
	$(INSTALL) -m 644 $(archive) '$(DESTDIR)$(LIBDIR)/libespial.a'
	$(INSTALL) -m 755 $(out)/$(SONAME) '$(DESTDIR)$(LIBDIR)/libespial.so.$(VERSION)'
	ln -sf libespial.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/$(SONAME)'
	ln -sf $(SONAME) '$(DESTDIR)$(LIBDIR)/libespial.so'
	for pair in $(shared); do place='$(DESTDIR)'$${pair#*=} && \
	    $(INSTALL) -d "$${place%/*}" && \
	    $(INSTALL) -m 644 "$${pair%%=*}" "$$place" || exit 1; done
	printf '%s\n' "$$pc" >'$(DESTDIR)$(LIBDIR)/pkgconfig/espial.pc'
	for door in $(doors); do \
	    $(INSTALL) -d "$(DESTDIR)$(INCLUDEDIR)/$${door%/*}" && \
	    $(INSTALL) -m 644 "include/$$door" "$(DESTDIR)$(INCLUDEDIR)/$$door" || exit 1; done

uninstall:
	rm -f '$(DESTDIR)$(BINDIR)/espial' '$(DESTDIR)$(LIBDIR)/pkgconfig/espial.pc'
	for pair in $(shared); do rm -f '$(DESTDIR)'$${pair#*=} || exit 1; done
	rmdir '$(DESTDIR)$(DATADIR)/espial'
	cd '$(DESTDIR)$(LIBDIR)' && rm -f libespial.a libespial.so $(SONAME) libespial.so.$(VERSION)
	cd '$(DESTDIR)$(INCLUDEDIR)' && rm -f $(doors) && \
	    rmdir $(sort $(filter-out espial/,$(dir $(doors)))) espial

clean:
	rm -rf build

.PHONY: all units fuzzers deps demo check unit golden fuzz mutate faults cross static coverage
.PHONY: bench lab lab-watch format install uninstall clean FORCE
.DELETE_ON_ERROR:
-include $(patsubst %.o,%.d,$(call object,$(all_src)) $(assets))

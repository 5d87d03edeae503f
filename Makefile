# espial. What to type: make, make demo, make check, make install.
# Paths and tools can be overridden; CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS are the user's and come
# last. V=1 shows commands, WERROR= lets warnings pass, SAN=1 builds with sanitizers in build/san.

VERSION := 0.1.0
SONAME  := libespial.so.0

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR    ?=

CFLAGS     ?= -O2 -g
WERROR     ?= -Werror
AR         ?= ar
INSTALL    ?= install
PKG_CONFIG ?= pkg-config
Q          := $(if $(V),,@)

# A variant is a folder below build/ and its flags. (ifdef, as $(if) would split at the commas.)
out := build
ifdef SAN
out     := build/san
variant := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifdef FUZZ
out     := build/fuzz
CC      := clang
variant := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
endif

packages := libpcap zlib libzstd libcrypto jansson
pkg_cflags := $(shell $(PKG_CONFIG) --cflags $(packages) 2>/dev/null)
pkg_libs   := $(shell $(PKG_CONFIG) --libs $(packages) 2>/dev/null)
libs       := $(if $(pkg_libs),$(pkg_libs),-lpcap -lz -lzstd -lcrypto -ljansson)

warnings   := -Wall -Wextra -Wshadow -Wconversion $(WERROR)
own_cflags := -std=c11 -D_GNU_SOURCE -DES_VERSION=\"$(VERSION)\" -Iinclude -fPIC -MMD -MP \
              $(warnings) $(variant) $(pkg_cflags)
compile     = $(CC) $(own_cflags) $(CPPFLAGS) $(CFLAGS)
link        = $(CC) $(variant) $(CFLAGS) $(LDFLAGS)

lib_src  := $(sort $(filter-out src/cli/%,$(wildcard src/*/*.c)))
cli_src  := $(sort $(wildcard src/cli/*.c))
help_src := $(sort $(wildcard tests/lib/*.c))
unit_src := $(sort $(wildcard tests/unit/*/test_*.c))
fuzz_src := $(sort $(wildcard tests/fuzz/fuzz_*.c))
object    = $(patsubst %.c,$(out)/%.o,$(1))
units    := $(unit_src:%.c=$(out)/%)
fuzzers  := $(patsubst tests/fuzz/%.c,$(out)/%,$(fuzz_src))
archive  := $(out)/libespial.a
shared   := $(out)/$(SONAME)
command  := $(if $(cli_src),$(out)/espial)
objects  := $(call object,$(lib_src) $(cli_src) $(help_src) $(unit_src) $(fuzz_src))

all: $(archive) $(shared) $(command)

$(archive): $(call object,$(lib_src)) $(out)/sources
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(shared): $(call object,$(lib_src)) $(out)/sources
	$(Q)$(link) -shared -Wl,-soname,$(SONAME) -o $@ $(filter %.o,$^) $(libs) $(LDLIBS)

$(out)/espial: $(call object,$(cli_src)) $(archive) $(out)/sources
	$(Q)$(link) -o $@ $(filter %.o %.a,$^) $(libs) $(LDLIBS)

$(units): %: %.o $(call object,$(help_src)) $(archive)
	$(Q)$(link) -o $@ $(filter %.o %.a,$^) -lcmocka $(libs) $(LDLIBS)

$(out)/%.o: %.c $(out)/flags
	$(Q)mkdir -p $(@D)
	$(if $(V),,@echo "  cc $<")
	$(Q)$(compile) $(scope) -c -o $@ $<

# A unit test sees the private headers of its room, and all tests the helpers.
$(out)/tests/%.o: scope = -Itests/lib $(patsubst tests/unit/%/,-Isrc/%,$(dir $<))

# Rewritten only when the text changed: new flags rebuild, a removed source leaves the archive.
$(out)/flags: text = $(compile)
$(out)/sources: text = $(lib_src) $(cli_src)
$(out)/flags $(out)/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(text)' | cmp -s - $@ || printf '%s\n' '$(text)' >$@

units: $(units)

unit: $(units)
	@tests/unit/run $(units)

clean:
	rm -rf build

.PHONY: all units unit clean FORCE
.DELETE_ON_ERROR:
-include $(objects:.o=.d)

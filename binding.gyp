{
  "target_defaults": {
    "include_dirs": ["native"],
    "defines": ["_GNU_SOURCE"],
    # As the kernel: a verb need not use all that it is handed.
    "cflags": ["-Wall", "-Wextra", "-Wno-unused-parameter", "-fvisibility=hidden", "-pthread"],
    # native/cflags decides the machine code of what is measured: whatever is compiled beside it,
    # here or elsewhere, takes it from there. It has the kernel's language: signed overflow wraps,
    # and pointers may alias, which costs up to a third where many slots are written.
    # cflags.x64: no marks for shadow stacks or indirect branches, which some distributions'
    # compilers make and others do not: they are instructions, and the virtual engine's stacks are
    # none that a shadow stack knows. A loop that straddles a 32-byte boundary runs up to a third slower on some
    # processors, by accident of what was linked before it; so all loops are aligned, and
    # branches kept whole.
    "configurations": {
      "Debug": { "cflags_c": ["-std=gnu11"] },
      "Release": {
        "cflags!": ["-O3"],
        "cflags": ["-O2"],
        "cflags_c": ["<!@(cat native/cflags)"],
        # The binding, of which no time counts.
        "cflags_cc": ["-Os"],
        "conditions": [["target_arch=='x64'", { "cflags_c": ["<!@(cat native/cflags.x64)"] }]]
      }
    }
  },
  "targets": [
    {
      "target_name": "swiotlb_lab",
      "sources": ["<!@(node native/sources.cjs)", "<!@(cat native/addon.sources)"],
      "sources/": [["exclude", "_instrumented\\.c$"]],
      "dependencies": [
        "instrumented",
        "<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except_all"
      ],
      "defines": ["NAPI_VERSION=9", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags_cc!": ["-std=gnu++20"],
      "cflags_cc": ["-std=gnu++17"],
      "ldflags": ["-pthread"],
      "conditions": [["OS!='linux'", { "sources": ["<!(echo swiotlb-lab builds on Linux only >&2; exit 1)"] }]]
    },
    {
      # No time of this build counts, and it is a third smaller so.
      "target_name": "instrumented",
      "type": "static_library",
      "sources": ["<!@(node native/sources.cjs)"],
      "sources/": [["exclude", "(?<!_instrumented)\\.c$"]],
      "configurations": { "Release": { "cflags_c": ["-Os"] } }
    }
  ]
}

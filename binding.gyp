{
  "targets": [
    {
      "target_name": "swiotlb_lab",
      "sources": ["<!@(node native/sources.cjs)", "<!@(cat native/addon.sources)"],
      "include_dirs": ["native"],
      "dependencies": ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except"],
      "defines": ["NAPI_VERSION=9", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS", "_GNU_SOURCE"],
      "cflags": ["-Wall", "-Wextra", "-fvisibility=hidden", "-pthread"],
      "cflags_c": ["-std=gnu11"],
      "variables": {
        # A loop that straddles a 32-byte boundary runs up to a third slower on some processors,
        # by accident of what was linked before it: all loops are aligned, and branches kept whole.
        "aligned_code": ["-falign-functions=64", "-falign-loops=32", "-Wa,-mbranches-within-32B-boundaries"]
      },
      "cflags_cc!": ["-std=gnu++20"],
      "cflags_cc": ["-std=gnu++17"],
      "ldflags": ["-pthread"],
      "configurations": {
        "Release": { "cflags!": ["-O3"], "cflags": ["-O2"] }
      },
      "conditions": [["target_arch=='x64'", { "cflags_c": ["<@(aligned_code)"] }], ["OS!='linux'", { "sources": ["<!(echo swiotlb-lab builds on Linux only >&2; exit 1)"] }]]
    }
  ]
}

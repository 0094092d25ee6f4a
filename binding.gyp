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
      "cflags_cc!": ["-std=gnu++20"],
      "cflags_cc": ["-std=gnu++17"],
      "ldflags": ["-pthread"],
      "configurations": {
        "Release": { "cflags!": ["-O3"], "cflags": ["-O2"] }
      },
      "conditions": [["OS!='linux'", { "sources": ["<!(echo swiotlb-lab builds on Linux only >&2; exit 1)"] }]]
    }
  ]
}

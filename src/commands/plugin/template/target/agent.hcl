# An agent with this plugin and nothing else: no Nomad is asked.
plugin_dir = "plugins"

policy {
  dir = "policies"

  source "nomad" {
    enabled = false
  }
}

target "my-plugin" {
  driver = "my-plugin"

  config = {
    folder = "counts"
  }
}

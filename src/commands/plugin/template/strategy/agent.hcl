# For `agent -dev`, which brings a Nomad along and a job "web" under a changing load.
plugin_dir = "plugins"

strategy "my-plugin" {
  driver = "my-plugin"
}

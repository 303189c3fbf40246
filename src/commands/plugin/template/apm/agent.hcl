# For `agent -dev`, which brings a Nomad along and a job "web".
plugin_dir = "plugins"

apm "my-plugin" {
  driver = "my-plugin"

  config = {
    folder = "numbers"
  }
}
